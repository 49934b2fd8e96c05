// What a killed process leaves is brought into its files: all of it, once.
#include "tbx/writer/recovery.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>

#include <atomic>
#include <fstream>
#include <optional>
#include <random>
#include <thread>

#include "support/child_process.h"
#include "support/recorded_payloads.h"
#include "support/temp_directory.h"
#include "support/waiting.h"
#include "tbx/event/event_encoder.h"
#include "tbx/event/wire_reader.h"
#include "tbx/queue/ring_file_layout.h"
#include "tbx/record/record_framer.h"
#include "tbx/sink/file_sink.h"
#include "tbx/writer/event_writer.h"
#include "writer/writer_under_test.h"

using namespace std::chrono_literals;
using tbx::EventWriter;
using tbx::EventWriterOptions;
using tbx::recover_directory;
using tbx::RecoveryReport;
using tbx_test::Bytes;
using tbx_test::child_check;
using tbx_test::ChildProcess;
using tbx_test::file_content;
using tbx_test::recorded_payloads;
using tbx_test::TempDirectory;

namespace {

// A real event whose step is `number`, with `size` bytes of summary.
Bytes event_of(std::uint32_t number, std::size_t size = 20) {
  const tbx::EventStamp stamp{1.0, number + 1};
  // Summary{value{tag}}: a tag of "a"s.
  tbx::ByteBuffer summary;
  const std::string tag(size, 'a');
  const std::size_t value = tbx::wire::bytes_field_size(1, tag.size());
  tbx::wire::Writer out(summary.grow(tbx::wire::bytes_field_size(1, value)));
  out.bytes_header(1, value);
  out.string_field(1, tag);
  Bytes event(tbx::summary_event_size(stamp, summary.size()));
  tbx::wire::Writer event_out(event.data());
  event_out = tbx::write_summary_event_header(event_out, stamp, summary.size());
  event_out.raw(summary.data(), summary.size());
  return event;
}

// What a child tells before it dies.
struct Shared {
  std::atomic<std::uint32_t> acknowledged{0};
  std::atomic<bool> is_ready{false};
};

class SharedState {
 public:
  SharedState()
      : shared_(new (mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0)) Shared) {}
  ~SharedState() { munmap(shared_, sizeof(Shared)); }
  SharedState(const SharedState&) = delete;
  SharedState& operator=(const SharedState&) = delete;
  Shared* operator->() const { return shared_; }

 private:
  Shared* shared_;
};

std::string event_file_in(const TempDirectory& directory) {
  for (const std::string& name : directory.names()) {
    if (name.starts_with("events.")) return directory / name;
  }
  return {};
}

bool has_ring_file(const TempDirectory& directory) {
  return std::ranges::any_of(directory.names(),
                             [](const std::string& name) { return name.ends_with(".ring"); });
}

// Steps of the events behind the file version.
std::vector<Bytes> events_in(const std::string& path) {
  std::vector<Bytes> events = recorded_payloads(file_content(path));
  REQUIRE(!events.empty());
  events.erase(events.begin());
  return events;
}

void check_first(const std::vector<Bytes>& events, std::size_t at_least, std::size_t size = 20) {
  REQUIRE(events.size() >= at_least);
  for (std::uint32_t i = 0; i < events.size(); ++i) REQUIRE(events[i] == event_of(i, size));
}

tbx::AppendResult append(EventWriter& writer, std::uint32_t file, const Bytes& event) {
  return tbx_test::append(writer, file, event);
}

// Keeps the lock of an event file, so that nobody can write it.
class LockedFile {
 public:
  explicit LockedFile(const std::string& path) : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    child_check(flock(fd_, LOCK_EX) == 0, "it is locked");
  }
  ~LockedFile() {
    flock(fd_, LOCK_UN);
    close(fd_);
  }
  LockedFile(const LockedFile&) = delete;
  LockedFile& operator=(const LockedFile&) = delete;

 private:
  int fd_;
};

}  // namespace

TEST_CASE("killed at once after an append, nothing is lost") {
  for (const std::uint32_t count : {1u, 100u, 20'000u}) {
    CAPTURE(count);
    TempDirectory directory;
    ChildProcess child([&] {
      const auto writer = EventWriter::open({});
      const auto file = writer->open_file(directory.path(), {});
      child_check(!writer->ring_file_path().empty(), "the ring is in a file");
      for (std::uint32_t i = 0; i < count; ++i) append(*writer, file.id, event_of(i));
      raise(SIGKILL);
    });
    CHECK(!child.wait());
    REQUIRE(has_ring_file(directory));
    const RecoveryReport report = recover_directory(directory.path());
    CHECK(report.rings == 1);
    CHECK(report.unwanted == 0);
    CHECK(report.errors.empty());
    const auto events = events_in(event_file_in(directory));
    CHECK(events.size() == count);
    check_first(events, count);
    CHECK(!has_ring_file(directory));
    CHECK(recover_directory(directory.path()).rings == 0);
  }
}

TEST_CASE("killed when a large event has been added, it is there, under either policy") {
  for (int round = 0; round < 20; ++round) {
    CAPTURE(round);
    TempDirectory directory;
    ChildProcess child([&] {
      using tbx::OverflowPolicy;
      const auto policy = round % 2 == 0 ? OverflowPolicy::kBlock : OverflowPolicy::kDrop;
      const auto writer = EventWriter::open({.overflow = policy});
      const auto file = writer->open_file(directory.path(), {});
      append(*writer, file.id, event_of(0, 5'000'000));
      // The drain takes the pieces out of the ring, which takes it about that long.
      std::this_thread::sleep_for(std::chrono::microseconds(round * 200));
      raise(SIGKILL);
    });
    CHECK(!child.wait());
    CHECK(recover_directory(directory.path()).errors.empty());
    CHECK(events_in(event_file_in(directory)) == std::vector<Bytes>{event_of(0, 5'000'000)});
  }
}

TEST_CASE("killed after its directory was deleted, what was added later is there") {
  TempDirectory directory;
  const std::string run = directory / "run";
  ChildProcess child([&] {
    const auto writer = EventWriter::open({});
    const auto file = writer->open_file(run, {});
    append(*writer, file.id, event_of(0));
    child_check(!tbx_test::flush(*writer), "it is flushed");
    std::filesystem::remove_all(run);
    append(*writer, file.id, event_of(1));
    child_check(!tbx_test::flush(*writer), "the file is made again");
    for (std::uint32_t i = 2; i < 10'000; ++i) append(*writer, file.id, event_of(i));
    raise(SIGKILL);
  });
  CHECK(!child.wait());
  const RecoveryReport report = recover_directory(run);
  CHECK(report.rings == 1);
  CHECK(report.unwanted == 0);
  std::vector<Bytes> expected;
  for (std::uint32_t i = 1; i < 10'000; ++i) expected.push_back(event_of(i));
  CHECK(events_in(std::filesystem::directory_iterator(run)->path()) == expected);
}

TEST_CASE("killed at random moments, every acknowledged event is there, once and in order") {
  std::mt19937 random(1);
  for (int round = 0; round < 40; ++round) {
    CAPTURE(round);
    TempDirectory directory;
    SharedState shared;
    EventWriterOptions options;
    options.queue_bytes = round % 2 == 0 ? 4096 : 1 << 20;
    const std::size_t size = round % 4 < 2 ? 20 : 3000;  // the larger ones come in pieces
    ChildProcess child([&] {
      const auto writer = EventWriter::open(options);
      const auto file = writer->open_file(directory.path(), {});
      shared->is_ready = true;
      for (std::uint32_t i = 0;; ++i) {
        append(*writer, file.id, event_of(i, size));
        shared->acknowledged = i + 1;
      }
    });
    while (!shared->is_ready) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 30'000));
    kill(child.pid(), SIGKILL);
    CHECK(!child.wait());
    const RecoveryReport report = recover_directory(directory.path());
    CHECK(report.errors.empty());
    const auto events = events_in(event_file_in(directory));
    check_first(events, shared->acknowledged, size);
    CHECK(events.size() <= shared->acknowledged + 1);
  }
}

TEST_CASE("events of several files find their own, also below and after ids were used again") {
  TempDirectory directory;
  ChildProcess child([&] {
    const auto writer = EventWriter::open({});
    const auto root = writer->open_file(directory.path(), {});
    const auto closed = writer->open_file(directory / "closed", {});
    append(*writer, closed.id, event_of(0));
    child_check(!tbx_test::flush(*writer), "it is flushed");
    child_check(!writer->close_file(closed.id), "it is closed");
    const auto below = writer->open_file(directory / "a/b", {});
    child_check(below.id == closed.id, "the id is used again");
    for (std::uint32_t i = 0; i < 10; ++i) {
      append(*writer, root.id, event_of(i));
      append(*writer, below.id, event_of(i, 7));
    }
    raise(SIGKILL);
  });
  CHECK(!child.wait());
  CHECK(recover_directory(directory.path()).rings == 1);
  check_first(events_in(event_file_in(directory)), 10);
  const std::filesystem::path below = directory / "a/b";
  for (const auto& entry : std::filesystem::directory_iterator(below)) {
    const auto events = events_in(entry.path().string());
    CHECK(events.size() == 10);
    check_first(events, 10, 7);
  }
}

TEST_CASE("a living process's ring is left alone") {
  TempDirectory directory;
  const auto writer = EventWriter::open({});
  const auto file = writer->open_file(directory.path(), {});
  append(*writer, file.id, event_of(0));
  CHECK(recover_directory(directory.path()).rings == 0);
  ChildProcess child([&] {
    child_check(recover_directory(directory.path()).rings == 0, "nor by another process");
  });
  CHECK(child.wait());
  CHECK(has_ring_file(directory));
  CHECK(!tbx_test::close(*writer));
  CHECK(!has_ring_file(directory));
  CHECK(events_in(file.path).size() == 1);
}

TEST_CASE("the next writer of the directory recovers before it begins") {
  TempDirectory directory;
  ChildProcess child([&] {
    const auto writer = EventWriter::open({});
    const auto file = writer->open_file(directory.path(), {});
    append(*writer, file.id, event_of(0));
    raise(SIGKILL);
  });
  CHECK(!child.wait());
  const std::string old_file = event_file_in(directory);
  const auto writer = EventWriter::open({});
  const auto file = writer->open_file(directory.path(), {});
  CHECK(file.path != old_file);
  CHECK(file.recovered.rings == 1);
  CHECK(events_in(old_file).size() == 1);
}

TEST_CASE("many that recover at the same time do it once") {
  TempDirectory directory;
  for (int dead = 0; dead < 5; ++dead) {
    ChildProcess child([&] {
      const auto writer = EventWriter::open({});
      const auto file = writer->open_file(directory.path(), {});
      for (std::uint32_t i = 0; i < 100; ++i) append(*writer, file.id, event_of(i));
      raise(SIGKILL);
    });
    CHECK(!child.wait());
  }
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { (void)recover_directory(directory.path()); });
  }
  threads.clear();
  CHECK(!has_ring_file(directory));
  int files = 0;
  for (const std::string& name : directory.names()) {
    const auto events = events_in(directory / name);
    CHECK(events.size() == 100);
    check_first(events, 100);
    ++files;
  }
  CHECK(files == 5);
}

TEST_CASE("a torn tail is cut before anything is appended; what was written is not written again") {
  TempDirectory directory;
  ChildProcess child([&] {
    EventWriterOptions options;
    const auto writer = EventWriter::open(options);
    const auto file = writer->open_file(directory.path(), {});
    for (std::uint32_t i = 0; i < 5; ++i) append(*writer, file.id, event_of(i));
    // As if the drain had been killed in write(2): two events and a half are in the file, and all
    // five still in the ring.
    raise(SIGKILL);
  });
  CHECK(!child.wait());
  const std::string path = event_file_in(directory);
  const Bytes before = file_content(path);
  if (events_in(path).empty()) {  // nearly always: the drain naps
    std::ofstream out(path, std::ios::binary | std::ios::app);
    for (std::uint32_t i = 0; i < 3; ++i) {
      const Bytes event = event_of(i);
      Bytes frame(tbx::framed_size(event.size()));
      tbx::frame_record(frame.data(), event);
      if (i == 2) frame.resize(frame.size() / 2);
      out.write(reinterpret_cast<const char*>(frame.data()),
                static_cast<std::streamsize>(frame.size()));
    }
  }
  CHECK(recover_directory(directory.path()).rings == 1);
  const auto events = events_in(path);
  CHECK(events.size() == 5);
  check_first(events, 5);
}

TEST_CASE("a torn record is cut away also where the ring holds no event of its file") {
  for (const std::uint32_t count : {0u, 3u}) {
    CAPTURE(count);
    TempDirectory directory;
    ChildProcess child([&] {
      const auto writer = EventWriter::open({});
      const auto file = writer->open_file(directory.path(), {});
      for (std::uint32_t i = 0; i < count; ++i) append(*writer, file.id, event_of(i));
      child_check(!tbx_test::flush(*writer), "the ring is empty");
      raise(SIGKILL);
    });
    CHECK(!child.wait());
    const std::string path = event_file_in(directory);
    // As if the drain had been killed in write(2) of an event whose pieces have left the ring.
    const Bytes event = event_of(count, 3000);
    Bytes frame(tbx::framed_size(event.size()));
    tbx::frame_record(frame.data(), event);
    std::ofstream(path, std::ios::binary | std::ios::app)
        .write(reinterpret_cast<const char*>(frame.data()), 1000);
    const RecoveryReport report = recover_directory(directory.path());
    CHECK(report.rings == 1);
    CHECK(report.events == 0);
    CHECK(report.errors.empty());
    const auto events = events_in(path);
    CHECK(events.size() == count);
    check_first(events, count);
  }
}

TEST_CASE("a large event is whole, too, where others lie between its pieces") {
  TempDirectory directory;
  const Bytes large = event_of(0, 3000);
  ChildProcess child([&] {
    const auto writer = EventWriter::open({});
    const auto file = writer->open_file(directory.path(), {});
    const LockedFile locked(file.path);  // all stays in the ring
    const auto append_piece = [&](tbx::RecordKind kind, std::size_t begin, std::size_t end) {
      tbx::EventQueue::Slot slot;
      const auto result = writer->queue().ring().try_reserve(kind, file.id, end - begin, slot);
      child_check(result == tbx::ReserveResult::kReserved, "there is room");
      std::ranges::copy(std::span(large).subspan(begin, end - begin), slot.payload);
      writer->queue().ring().commit(slot);
    };
    append_piece(tbx::RecordKind::kFirst, 0, 1000);
    append(*writer, file.id, event_of(1));  // as another thread does
    append_piece(tbx::RecordKind::kMiddle, 1000, 2000);
    append(*writer, file.id, event_of(2));
    append_piece(tbx::RecordKind::kLast, 2000, large.size());
    raise(SIGKILL);
  });
  CHECK(!child.wait());
  CHECK(recover_directory(directory.path()).events == 3);
  const std::vector<Bytes> all = {event_of(1), event_of(2), large};
  CHECK(events_in(event_file_in(directory)) == all);
}

TEST_CASE("a file that cannot be written does not keep the others from their events") {
  TempDirectory directory;
  ChildProcess child([&] {
    const auto writer = EventWriter::open({});
    const auto file = writer->open_file(directory.path(), {});
    const auto below = writer->open_file(directory / "below", {});
    const LockedFile locked(file.path);
    const LockedFile below_locked(below.path);
    append(*writer, file.id, event_of(0));
    append(*writer, below.id, event_of(0));
    raise(SIGKILL);
  });
  CHECK(!child.wait());
  const std::string path = event_file_in(directory);
  const std::string away = directory / "away";
  std::filesystem::rename(path, away);
  std::filesystem::create_directory(path);
  const std::filesystem::path below = directory / "below";
  const std::string below_path = std::filesystem::directory_iterator(below)->path().string();
  for (int time = 0; time < 2; ++time) {
    const RecoveryReport report = recover_directory(directory.path());
    CHECK(report.rings == 0);
    CHECK(report.errors.size() == 1);
    CHECK(events_in(below_path).size() == 1);
  }
  std::filesystem::remove(path);
  std::filesystem::rename(away, path);
  CHECK(recover_directory(directory.path()).rings == 1);
  CHECK(events_in(path).size() == 1);
  CHECK(events_in(below_path).size() == 1);
  CHECK(!has_ring_file(directory));
}

TEST_CASE("what could not be recovered can be later, also while a child lives that saw it fail") {
  TempDirectory directory;
  ChildProcess dead([&] {
    const auto writer = EventWriter::open({});
    const auto file = writer->open_file(directory.path(), {});
    append(*writer, file.id, event_of(0));
    raise(SIGKILL);
  });
  CHECK(!dead.wait());
  const std::string path = event_file_in(directory);
  tbx::FileSink::set_lock_patience(500ms);
  std::optional<LockedFile> locked(path);
  RecoveryReport failed;
  std::jthread recovering([&] { failed = recover_directory(directory.path()); });
  std::this_thread::sleep_for(100ms);
  ChildProcess child([] { pause(); });
  recovering.join();
  tbx::FileSink::set_lock_patience(5s);
  CHECK(failed.errors.size() == 1);
  locked.reset();
  CHECK(recover_directory(directory.path()).rings == 1);
  CHECK(events_in(path).size() == 1);
  kill(child.pid(), SIGKILL);
}

TEST_CASE("files that are no rings, or damaged ones, are survived") {
  std::mt19937 random(2);
  for (int round = 0; round < 60; ++round) {
    CAPTURE(round);
    TempDirectory directory;
    ChildProcess child([&] {
      EventWriterOptions options;
      options.queue_bytes = 4096;
      const auto writer = EventWriter::open(options);
      const auto file = writer->open_file(directory.path(), {});
      for (std::uint32_t i = 0; i < 10; ++i) append(*writer, file.id, event_of(i));
      raise(SIGKILL);
    });
    CHECK(!child.wait());
    for (const std::string& name : directory.names()) {
      if (!name.ends_with(".ring")) continue;
      std::fstream ring(directory / name, std::ios::binary | std::ios::in | std::ios::out);
      const std::size_t begin = round % 3 == 0 ? 0 : round % 3 == 1 ? tbx::kBlockOffset : 65536;
      for (int i = 0; i < 20; ++i) {
        ring.seekp(static_cast<std::streamoff>(begin + random() % 600));
        ring.put(static_cast<char>(random()));
      }
      ring.close();
      if (round % 5 == 4) std::filesystem::resize_file(directory / name, random() % 300'000);
    }
    (void)recover_directory(directory.path());
    (void)events_in(event_file_in(directory));  // whole records, and real events
  }
}

TEST_CASE("events of a file that is gone are not wanted, and the ring goes") {
  TempDirectory directory;
  ChildProcess child([&] {
    const auto writer = EventWriter::open({});
    const auto file = writer->open_file(directory.path(), {});
    append(*writer, file.id, event_of(0));
    std::filesystem::remove(file.path);
    raise(SIGKILL);
  });
  CHECK(!child.wait());
  const RecoveryReport report = recover_directory(directory.path());
  CHECK(report.unwanted + report.events <= 1);
  CHECK(report.rings == 1);
  CHECK(directory.names().empty());
}

TEST_CASE("a queue file that names something else than event files has nothing appended to it") {
  TempDirectory directory;
  const std::string notes = directory / "notes";
  std::ofstream(notes) << "short";  // as if a torn record
  ChildProcess child([&] {
    const auto writer = EventWriter::open({});
    const auto file = writer->open_file(directory.path(), {});
    append(*writer, file.id, event_of(0));
    // The name that was given last counts.
    const tbx::RingFileName entry{file.id, static_cast<std::uint32_t>(notes.size())};
    std::fstream ring(writer->ring_file_path(), std::ios::binary | std::ios::in | std::ios::out);
    tbx::RingFileHeader header;
    ring.read(reinterpret_cast<char*>(&header), sizeof header);
    ring.seekp(static_cast<std::streamoff>(header.names_offset));
    ring.write(reinterpret_cast<const char*>(&entry), sizeof entry);
    ring << notes << std::flush;
    raise(SIGKILL);
  });
  CHECK(!child.wait());
  const RecoveryReport report = recover_directory(directory.path());
  CHECK(report.rings == 1);
  CHECK(report.events == 0);
  CHECK(report.errors.empty());
  CHECK(file_content(notes) == tbx_test::bytes_of("short"));
}

TEST_CASE("a forked child has a ring file of its own, from its first event on") {
  TempDirectory directory;
  const auto writer = EventWriter::open({});
  const auto file = writer->open_file(directory.path(), {});
  append(*writer, file.id, event_of(0));
  CHECK(!tbx_test::flush(*writer));
  ChildProcess child([&] {
    child_check(writer->ring_file_path().empty(), "none that never logs");
    writer->keep_ring_in_file();
    child_check(!writer->ring_file_path().empty(), "its own");
    append(*writer, file.id, event_of(1));
    raise(SIGKILL);
  });
  CHECK(!child.wait());
  CHECK(recover_directory(directory.path()).rings == 1);
  CHECK(has_ring_file(directory));  // the parent's
  check_first(events_in(file.path), 2);
  append(*writer, file.id, event_of(2));
  CHECK(!tbx_test::close(*writer));
  check_first(events_in(file.path), 3);
  CHECK(!has_ring_file(directory));
}

TEST_CASE("threads that begin to log in a child at the same time lose nothing") {
  TempDirectory directory;
  const auto writer = EventWriter::open({});
  const auto file = writer->open_file(directory.path(), {});
  constexpr int kChildren = 100;
  for (int i = 0; i < kChildren; ++i) {
    ChildProcess child([&] {
      std::atomic<int> waiting{2};
      const auto log = [&] {
        for (--waiting; waiting != 0;) {
        }
        writer->keep_ring_in_file();
        append(*writer, file.id, event_of(0));
      };
      {
        const std::jthread other(log);
        log();
      }
      child_check(!tbx_test::close(*writer), "it is closed");
    });
    REQUIRE(child.wait());
  }
  CHECK(events_in(file.path).size() == 2 * kChildren);
}
