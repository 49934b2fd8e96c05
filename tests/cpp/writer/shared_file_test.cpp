// Several processes append to one file, and some are killed in the middle of it: no torn record
// ever has data behind it.
#include <doctest/doctest.h>
#include <signal.h>

#include <fstream>
#include <memory>

#include "support/recorded_payloads.h"
#include "support/temp_directory.h"
#include "tbx/record/record_framer.h"
#include "tbx/sink/file_sink.h"
#include "tbx/writer/event_file.h"

using tbx::EventFile;
using tbx::FileSink;
using tbx_test::Bytes;
using tbx_test::file_content;
using tbx_test::random_bytes;
using tbx_test::recorded_payloads;
using tbx_test::TempDirectory;

namespace {

struct SharedEventFile {
  SharedEventFile() {
    std::unique_ptr<FileSink> sink;
    REQUIRE(!FileSink::create(path, sink));
    file = std::make_unique<EventFile>(std::move(sink));
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
