// Several processes append to one file, and some are killed in the middle of it: no torn record
// ever has data behind it.
#include <doctest/doctest.h>
#include <signal.h>

#include <fstream>
#include <memory>

#include "support/child_process.h"
#include "support/recorded_payloads.h"
#include "support/temp_directory.h"
#include "tbx/record/record_framer.h"
#include "tbx/sink/file_sink.h"
#include "tbx/writer/event_file.h"

using tbx::EventFile;
using tbx::FileSink;
using tbx_test::Bytes;
using tbx_test::child_check;
using tbx_test::ChildProcess;
using tbx_test::file_content;
using tbx_test::random_bytes;
using tbx_test::recorded_payloads;
using tbx_test::TempDirectory;

namespace {

// A file of which it is known how much was read back.
class CountingSink final : public tbx::Sink {
 public:
  CountingSink(std::unique_ptr<FileSink> sink, std::size_t& bytes_read)
      : sink_(std::move(sink)), bytes_read_(bytes_read) {}

  const std::string& path() const override { return sink_->path(); }
  void reset_in_child() noexcept override { sink_->reset_in_child(); }
  tbx::Error lock() override { return sink_->lock(); }
  void unlock() noexcept override { sink_->unlock(); }
  tbx::AppendOutcome append(std::span<const std::byte> bytes) override {
    return sink_->append(bytes);
  }
  tbx::Error size(std::uint64_t& bytes) override { return sink_->size(bytes); }
  tbx::Error read(std::uint64_t offset, std::span<std::byte> out, std::size_t& count) override {
    tbx::Error error = sink_->read(offset, out, count);
    bytes_read_ += count;
    return error;
  }
  tbx::Error reopen() override { return sink_->reopen(); }
  tbx::Error truncate(std::uint64_t size) override { return sink_->truncate(size); }
  tbx::Error sync() override { return sink_->sync(); }
  tbx::Error close() override { return sink_->close(); }

 private:
  std::unique_ptr<FileSink> sink_;
  std::size_t& bytes_read_;
};

struct SharedEventFile {
  SharedEventFile() {
    std::unique_ptr<FileSink> sink;
    REQUIRE(!FileSink::create(path, sink));
    file = std::make_unique<EventFile>(std::make_unique<CountingSink>(std::move(sink), bytes_read));
    add(40);
    REQUIRE(!file->write_pending());
  }
  void add(std::size_t size) {
    payloads.push_back(random_bytes(size, static_cast<unsigned>(payloads.size())));
    file->add(payloads.back());
  }
  // As another process does it that is killed at the end.
  void append_elsewhere(std::size_t whole, std::size_t torn_bytes) {
    std::ofstream out(path, std::ios::binary | std::ios::app);
    for (std::size_t i = 0; i <= whole; ++i) {
      const Bytes payload = random_bytes(30, static_cast<unsigned>(payloads.size()));
      Bytes frame(tbx::framed_size(payload.size()));
      tbx::frame_record(frame.data(), payload);
      if (i == whole) {
        frame.resize(torn_bytes);
      } else {
        payloads.push_back(payload);
      }
      out.write(reinterpret_cast<const char*>(frame.data()),
                static_cast<std::streamsize>(frame.size()));
    }
  }

  TempDirectory directory;
  std::string path = directory / "file";
  std::size_t bytes_read = 0;
  std::unique_ptr<EventFile> file;
  std::vector<Bytes> payloads;
};

}  // namespace

TEST_CASE("a record that another process left torn is cut away before the next is written") {
  for (const std::size_t whole : {0u, 1u, 3u}) {
    for (std::size_t torn = 0; torn < 46; ++torn) {
      CAPTURE(whole);
      CAPTURE(torn);
      SharedEventFile shared;
      shared.append_elsewhere(whole, torn);
      shared.add(20);
      REQUIRE(!shared.file->write_pending());
      REQUIRE(recorded_payloads(file_content(shared.path)) == shared.payloads);
      CHECK(shared.file->end() == file_content(shared.path).size());
    }
  }
}

TEST_CASE("a file that somebody has cut is gone on with at its end") {
  SharedEventFile shared;
  std::filesystem::resize_file(shared.path, 0);
  shared.payloads.clear();
  shared.add(20);
  REQUIRE(!shared.file->write_pending());
  CHECK(recorded_payloads(file_content(shared.path)) == shared.payloads);
}

TEST_CASE("a file that was cut, and has grown beyond what it was, has no torn record inside") {
  std::size_t beyond = 0;  // records
  SUBCASE("a little") {}
  SUBCASE("a lot") { beyond = 20; }
  for (const std::size_t torn : {1u, 11u, 12u, 45u}) {
    CAPTURE(torn);
    SharedEventFile shared;
    const std::uintmax_t kept = std::filesystem::file_size(shared.path);
    shared.add(1000);
    REQUIRE(!shared.file->write_pending());
    const std::uintmax_t known = std::filesystem::file_size(shared.path);
    std::filesystem::resize_file(shared.path, kept);
    shared.payloads.pop_back();
    shared.append_elsewhere((known - kept) / 46 + beyond, torn);
    shared.add(20);
    REQUIRE(!shared.file->write_pending());
    REQUIRE(recorded_payloads(file_content(shared.path)) == shared.payloads);
  }
}

TEST_CASE("what forked processes append is not read back by one another") {
  SharedEventFile shared;
  shared.file->share_end();
  for (std::size_t round = 1; round <= 3; ++round) {
    ChildProcess child([&] {
      shared.add(20);
      child_check(!shared.file->write_pending(), "the child appends");
      child_check(shared.bytes_read == 0, "the child reads nothing");
    });
    REQUIRE(child.wait());
    shared.add(30);
    REQUIRE(!shared.file->write_pending());
    CHECK(recorded_payloads(file_content(shared.path)).size() == 1 + 2 * round);
  }
  CHECK(shared.bytes_read == 0);
  CHECK(shared.file->end() == file_content(shared.path).size());
}

TEST_CASE("of what a killed process has written after forks only that is read") {
  SharedEventFile shared;
  shared.file->share_end();
  const std::size_t before = file_content(shared.path).size();
  ChildProcess child([&] {
    shared.add(4000);
    child_check(!shared.file->write_pending(), "the child appends");
  });
  REQUIRE(child.wait());
  const std::size_t whole = file_content(shared.path).size();
  REQUIRE(whole > before + 4000);
  shared.append_elsewhere(1, 20);
  shared.add(30);
  REQUIRE(!shared.file->write_pending());
  CHECK(shared.bytes_read > 0);
  CHECK(shared.bytes_read < 4000);
  CHECK(recorded_payloads(file_content(shared.path)).size() == 4);
}
