// From the caller to the event file and back, beside write(2) and read(2) of the same bytes.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "hot_path.h"
#include "median_time.h"
#include "scalar_events.h"
#include "tbx/read/event_scan.h"
#include "tbx/record/record_framer.h"
#include "tbx/writer/event_writer.h"

namespace tbx_bench {
namespace {

using Bytes = std::vector<std::byte>;

// Enough for milliseconds, and fewer than the ring holds: nobody waits for room.
constexpr std::size_t kRounds = 100;
constexpr std::size_t kFileEvents = kRounds * kEvents;
constexpr const char* kWriting = "write(2) of the same records";
constexpr const char* kReading = "read(2) of the same records";

HotPath file_path(std::string name, std::string limit, std::function<void()> work) {
  return {std::move(name),  "event",        kFileEvents, kFileEvents * EncodedEvents::kEventBytes,
          std::move(limit), std::move(work)};
}

Bytes framed(std::size_t rounds) {
  const EncodedEvents events;
  const std::size_t bytes = tbx::framed_size(EncodedEvents::kEventBytes);
  Bytes frames(rounds * kEvents * bytes);
  for (std::size_t i = 0; i < rounds * kEvents; ++i) {
    tbx::frame_record(&frames[i * bytes], events[i % kEvents]);
  }
  return frames;
}

// A file that is there as long as this is.
class File {
 public:
  explicit File(std::string path)
      : path_(std::move(path)),
        fd_(open(path_.c_str(), O_CREAT | O_TRUNC | O_RDWR | O_APPEND | O_CLOEXEC, 0600)) {
    require(fd_ >= 0, "open " + path_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    close(fd_);
    unlink(path_.c_str());
  }

  const std::string& path() const { return path_; }

  // In pieces as large as the batches of the drain.
  void append(std::span<const std::byte> bytes) {
    constexpr std::size_t kPieceBytes = 256 * 1024;
    while (!bytes.empty()) {
      const auto piece = bytes.first(std::min(bytes.size(), kPieceBytes));
      require(write(fd_, piece.data(), piece.size()) == static_cast<ssize_t>(piece.size()),
              "write " + path_);
      bytes = bytes.subspan(piece.size());
    }
  }

  std::size_t read_all(std::span<std::byte> buffer) {
    require(lseek(fd_, 0, SEEK_SET) == 0, "lseek " + path_);
    std::size_t total = 0;
    for (;;) {
      const ssize_t count = read(fd_, buffer.data(), buffer.size());
      require(count >= 0, "read " + path_);
      if (count == 0) return total;
      total += static_cast<std::size_t>(count);
    }
  }

 private:
  std::string path_;
  int fd_;
};

HotPath writing_ready_made(const std::string& directory) {
  auto file = std::make_shared<std::unique_ptr<File>>();
  HotPath path =
      file_path(kWriting, "", [file, frames = framed(kRounds)] { (*file)->append(frames); });
  path.before = [file, name = directory + "/ready-made"] {
    file->reset();
    *file = std::make_unique<File>(name);
  };
  path.is_counted = false;
  return path;
}

// A writer as SummaryWriter opens it. Each run has a file of its own: none grows large.
class WriterPath {
 public:
  explicit WriterPath(std::string directory)
      : directory_(std::move(directory)), writer_(tbx::EventWriter::open({})) {}

  void open_file() {
    if (!path_.empty()) {
      require(!writer_->close_file(file_id_), "close " + path_);
      std::filesystem::remove(path_);
    }
    const auto opened = writer_->open_file(directory_, {});
    writer_->keep_ring_in_file();
    file_id_ = opened.id;
    path_ = opened.path;
  }

  void run() {
    tbx::EventQueue& queue = writer_->queue();
    for (std::size_t i = 0; i < kFileEvents; ++i) {
      const ScalarEvent event(i % kEvents);
      tbx::EventQueue::Slot slot;
      require(queue.try_reserve(file_id_, event.size(), slot) == tbx::AppendResult::kAppended,
              "room in the ring");
      event.write(slot.payload);
      queue.commit_exclusively(slot, event.size());
    }
    tbx::Error error;
    const std::uint64_t target = writer_->flush_target();
    while (!writer_->flush(target, std::chrono::seconds(1), error)) {
    }
    require(!error, "flush " + path_);
  }

  const std::string& path() const { return path_; }

 private:
  std::string directory_;
  std::shared_ptr<tbx::EventWriter> writer_;
  std::uint32_t file_id_ = 0;
  std::string path_;
};

std::uint64_t records_in(const std::string& path) {
  tbx::EventScan scan(path, true);
  scan.advance(false, false, [](std::uint64_t) { return true; });
  require(scan.damage().empty(), "records of " + path);
  return scan.records();
}

HotPath writing_events(const std::string& directory) {
  const auto writer = std::make_shared<WriterPath>(directory + "/run");
  writer->open_file();
  writer->run();
  require(records_in(writer->path()) == kFileEvents + 1, "events in the file");  // and its version
  HotPath path =
      file_path("EventWriter: append, then flush()", kWriting, [writer] { writer->run(); });
  path.before = [writer] { writer->open_file(); };
  path.is_counted = false;  // the drain has a part in it, now a smaller, now a larger one
  return path;
}

HotPath reading(std::shared_ptr<File> file) {
  HotPath path = file_path(kReading, "", [file, buffer = std::make_shared<Bytes>(1 << 20)] {
    keep(file->read_all(*buffer));
  });
  path.is_counted = false;
  return path;
}

}  // namespace

std::vector<HotPath> file_paths(const std::string& directory) {
  const auto file = std::make_shared<File>(directory + "/to-read");
  file->append(framed(kRounds));
  require(records_in(file->path()) == kFileEvents, "records read back");
  return {
      writing_ready_made(directory),
      writing_events(directory),
      reading(file),
      file_path("scalar event: scan a file (EventScan)", kReading,
                [file] { keep(records_in(file->path())); }),
  };
}

}  // namespace tbx_bench
