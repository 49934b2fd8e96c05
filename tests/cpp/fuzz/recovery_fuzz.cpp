// A queue file with any content: recovery appends whole events or nothing, to a file that keeps
// what it had, and has nothing to do when it is called again.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>

#include "fuzz/scripted_records.h"
#include "queue/test_ring.h"
#include "support/temp_directory.h"
#include "tbx/event/event_encoder.h"
#include "tbx/queue/ring_file_layout.h"
#include "tbx/writer/recovery.h"

namespace tbx_fuzz {
namespace {

constexpr std::size_t kCapacity = 1024;
constexpr std::size_t kBlockBytes = tbx::DefaultRingControl::kDataOffset + kCapacity;
constexpr std::size_t kNamesOffset = tbx::kBlockOffset + 4096;

struct Directory {
  Directory() {
    setenv("TMPDIR", "/dev/shm", 0);  // no device: thousands of files a second
    place.emplace();
  }
  std::string ring() const { return *place / ".tbx_native.1.0.ring"; }
  std::string events() const { return *place / kEvents; }

  static constexpr std::string_view kEventsName = "events.out.tfevents.1";
  inline static const std::string kEvents{kEventsName};
  std::optional<tbx_test::TempDirectory> place;
};

void write_at(int fd, std::size_t offset, std::span<const std::byte> bytes) {
  const auto written = pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
  REQUIRE(written == static_cast<ssize_t>(bytes.size()));
}

void write_file(const std::string& path, std::span<const std::byte> bytes) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  REQUIRE(fd >= 0);
  write_at(fd, 0, bytes);
  close(fd);
}

template <typename... Words>
Bytes words(Words... values) {
  const std::uint64_t array[] = {static_cast<std::uint64_t>(values)...};
  const auto bytes = std::as_bytes(std::span(array));
  return {bytes.begin(), bytes.end()};
}

// Records of the ring, at first with real events in them; then what `input` writes over them.
void write_block(int fd, Input& input) {
  tbx_test::TestRing<std::uint64_t> ring(kCapacity);
  ring.start_at(input.number<std::uint8_t>() * std::uint64_t{8});
  for (auto count = input.number<std::uint8_t>() % 40; count != 0; --count) {
    const auto kind = input.number<std::uint8_t>();
    const auto size = input.number<std::uint8_t>();
    Bytes event = tbx_test::bytes_of_hex("09 000000000000f03f 10 00");
    event.back() = static_cast<std::byte>(count);
    const auto own = input.take(kind < 128 ? 0 : size);
    event.insert(event.end(), own.begin(), own.end());
    ring.push(event, kind % 4, static_cast<tbx::RecordKind>(kind < 64 ? 2 : kind / 4 % 8));
  }
  const auto block = ring.block.bytes();
  for (auto damages = input.number<std::uint8_t>() % 4; damages != 0; --damages) {
    block[input.number<std::uint16_t>() % block.size()] = input.number<std::byte>();
  }
  write_at(fd, tbx::kBlockOffset, block);
}

void write_ring_file(const std::string& path, Input& input) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  REQUIRE(fd >= 0);
  const auto kinds = input.number<std::uint8_t>();
  tbx::RingFileHeader header{tbx::kRingFileMagic, kBlockBytes, kNamesOffset};
  if (kinds % 8 == 7) header.block_bytes = input.number<std::uint64_t>();
  if (kinds / 8 % 8 == 7) header.names_offset = input.number<std::uint64_t>();
  const std::uint64_t size =
      kinds / 64 == 3 ? input.number<std::uint32_t>() % 400'000 : kNamesOffset + 4096;
  write_at(fd, 0, std::as_bytes(std::span(&header, 1)));
  for (std::size_t id = 0; id < 4; ++id) {
    write_at(fd, tbx::kMarksOffset + id * sizeof(tbx::FileMarks),
             words(input.number<std::uint16_t>(), input.number<std::uint16_t>(),
                   input.number<std::uint8_t>() < 128 ? tbx::kNoCursor : 8,
                   input.number<std::uint16_t>()));
  }
  write_block(fd, input);
  Bytes names;
  for (std::uint32_t id = 0; id < 4; ++id) {
    const auto length = input.number<std::uint8_t>();
    Bytes name = tbx_test::bytes_of(Directory::kEventsName);
    if (length >= 128) {
      const auto own = input.take(length % 32);
      name.assign(own.begin(), own.end());
      std::ranges::replace(name, std::byte{'/'}, std::byte{'_'});  // stays in the directory
    }
    tbx::RingFileName entry{id, static_cast<std::uint32_t>(name.size())};
    if (length == 127) entry.path_bytes = input.number<std::uint32_t>();
    const auto head = std::as_bytes(std::span(&entry, 1));
    names.insert(names.end(), head.begin(), head.end());
    names.insert(names.end(), name.begin(), name.end());
  }
  write_at(fd, kNamesOffset, names);
  REQUIRE(ftruncate(fd, static_cast<off_t>(size)) == 0);
  close(fd);
}

}  // namespace

std::vector<Bytes> seeds() {
  std::vector<Bytes> seeds;
  for (unsigned seed = 0; seed < 20; ++seed) {
    Bytes input = tbx_test::random_bytes(600, seed);
    if (seed % 2 == 0) input[0] = std::byte{0};  // a sound header
    seeds.push_back(std::move(input));
  }
  return seeds;
}

void check(std::span<const std::byte> bytes) {
  static const auto& directory = *new Directory;
  Input input(bytes);
  write_ring_file(directory.ring(), input);
  const Bytes before = scripted_file(input);
  write_file(directory.events(), before);

  const tbx::RecoveryReport report = tbx::recover_directory(directory.place->path());
  REQUIRE(report.errors.empty());
  REQUIRE(report.rings == 1);
  REQUIRE(tbx::recover_directory(directory.place->path()).rings == 0);
  REQUIRE(directory.place->names() == std::vector<std::string>{Directory::kEvents});
  const Bytes after = tbx_test::file_content(directory.events());
  if (after == before) return;

  NaiveRecord end = naive_record(before, 0, tbx::kMaxPayloadBytes);
  while (goes_on(end.status)) {
    end = naive_record(before, end.offset + tbx::framed_size(end.payload.size()),
                       tbx::kMaxPayloadBytes);
  }
  std::size_t at = end.status == tbx::ReadStatus::kTruncated ? end.offset : before.size();
  REQUIRE(after.size() >= at);
  REQUIRE(
      std::equal(before.begin(), before.begin() + static_cast<std::ptrdiff_t>(at), after.begin()));
  std::uint64_t events = 0;
  for (; at != after.size(); ++events) {
    const NaiveRecord record = naive_record(after, at, tbx::kMaxPayloadBytes);
    REQUIRE(record.status == tbx::ReadStatus::kRecord);
    REQUIRE(tbx::event_problem(record.payload).empty());
    at += tbx::framed_size(record.payload.size());
  }
  REQUIRE(events == report.events);
}

}  // namespace tbx_fuzz
