// A queue file with any content: recovery appends sound events, whole, to event files only, which
// keep what they had, and appends nothing twice. In memory: recovery_test.cpp has the files.
#include <doctest/doctest.h>
#include <sanitizer/asan_interface.h>

#include <algorithm>
#include <memory>
#include <string_view>

#include "fuzz/scripted_records.h"
#include "queue/test_ring.h"
#include "tbx/event/event_encoder.h"
#include "tbx/queue/ring_file_layout.h"
#include "tbx/writer/ring_leftovers.h"

namespace tbx_fuzz {
namespace {

constexpr std::size_t kCapacity = 256;
constexpr std::size_t kBlockBytes = tbx::DefaultRingControl::kDataOffset + kCapacity;
constexpr std::size_t kNamesOffset = tbx::kBlockOffset + kBlockBytes;
constexpr std::size_t kNamesBytes = 256;
constexpr std::uint32_t kFiles = 4;
constexpr std::string_view kEventsName = "events.out.tfevents.1";

class MemorySink final : public tbx::Sink {
 public:
  explicit MemorySink(Bytes& bytes) : bytes_(bytes) {}

  const std::string& path() const override { return path_; }
  tbx::Error lock() override { return {}; }
  void unlock() noexcept override {}
  tbx::AppendOutcome append(std::span<const std::byte> bytes) override {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return {bytes.size(), {}};
  }
  tbx::Error size(std::uint64_t& bytes) override {
    bytes = bytes_.size();
    return {};
  }
  tbx::Error read(std::uint64_t offset, std::span<std::byte> out, std::size_t& count) override {
    REQUIRE(offset <= bytes_.size());
    const auto rest = std::span(bytes_).subspan(offset);
    count = std::min(rest.size(), out.size());
    std::ranges::copy(rest.first(count), out.begin());
    return {};
  }
  tbx::Error reopen() override { return {}; }
  tbx::Error truncate(std::uint64_t size) override {
    REQUIRE(size <= bytes_.size());
    bytes_.resize(size);
    return {};
  }
  tbx::Error sync() override { return {}; }
  tbx::Error close() override { return {}; }

 private:
  Bytes& bytes_;
  const std::string path_{kEventsName};
};

// One for all inputs; of each, everything is written that an earlier one has changed.
class QueueFile {
 public:
  // What is behind the end must not be read.
  std::span<const std::byte> write(Input& input) {
    ASAN_UNPOISON_MEMORY_REGION(bytes_.data(), bytes_.size());
    const auto kinds = input.number<std::uint8_t>();
    tbx::RingFileHeader header{tbx::kRingFileMagic, kBlockBytes, kNamesOffset};
    if (kinds % 8 == 7) header.block_bytes = input.number<std::uint64_t>();
    if (kinds / 8 % 8 == 7) header.names_offset = input.number<std::uint64_t>();
    const std::size_t size =
        kinds / 64 == 3 ? input.number<std::uint32_t>() % bytes_.size() : bytes_.size();
    put(0, header);
    for (std::size_t id = 0; id < kFiles; ++id) {
      const std::uint64_t marks[] = {input.number<std::uint16_t>(), input.number<std::uint16_t>(),
                                     input.number<std::uint8_t>() < 128 ? tbx::kNoCursor : 8,
                                     input.number<std::uint16_t>()};
      put(tbx::kMarksOffset + id * sizeof(tbx::FileMarks), marks);
    }
    write_block(input);
    write_names(input);
    ASAN_POISON_MEMORY_REGION(&bytes_[size], bytes_.size() - size);
    return std::span(bytes_).first(size);
  }

 private:
  template <typename Value>
  void put(std::size_t offset, const Value& value) {
    std::memcpy(&bytes_[offset], &value, sizeof value);
  }

  // Records of the ring, at first with real events in them; then what `input` writes over them.
  void write_block(Input& input) {
    tbx_test::TestRing<std::uint64_t> ring(kCapacity);
    ring.start_at(input.number<std::uint8_t>() * std::uint64_t{8});
    for (auto count = input.number<std::uint8_t>() % 20; count != 0; --count) {
      const auto kind = input.number<std::uint8_t>();
      Bytes event = kEvent;
      event.back() = static_cast<std::byte>(count);
      if (kind >= 128) {
        const auto own = input.take(input.number<std::uint8_t>() % 48);
        event.insert(event.end(), own.begin(), own.end());
      }
      if (event.size() > ring.max_payload_bytes()) continue;
      ring.push(event, kind % kFiles, static_cast<tbx::RecordKind>(kind < 64 ? 2 : kind / 4 % 8));
    }
    const auto block = ring.block.bytes();
    for (auto damages = input.number<std::uint8_t>() % 4; damages != 0; --damages) {
      block[input.number<std::uint16_t>() % block.size()] = input.number<std::byte>();
    }
    std::ranges::copy(block, &bytes_[tbx::kBlockOffset]);
  }

  void write_names(Input& input) {
    std::size_t at = kNamesOffset;
    std::ranges::fill(std::span(bytes_).subspan(at), std::byte{0});
    for (std::uint32_t id = 0; id < kFiles; ++id) {
      const auto length = input.number<std::uint8_t>();
      auto name = std::as_bytes(std::span(kEventsName));
      if (length >= 128) name = input.take(length % 32);
      tbx::RingFileName entry{id, static_cast<std::uint32_t>(name.size())};
      if (length == 127) entry.path_bytes = input.number<std::uint32_t>();
      put(at, entry);
      at += sizeof entry;
      std::ranges::copy(name, &bytes_[at]);
      at += name.size();
    }
  }

  inline static const Bytes kEvent = tbx_test::bytes_of_hex("09 000000000000f03f 10 00");
  std::vector<std::byte> bytes_ = std::vector<std::byte>(kNamesOffset + kNamesBytes);
};

// How far the records of `file` can be followed from `begin` on, and whether one of them begins, or
// would, at `mark`.
NaiveRecord end_of(std::span<const std::byte> file, std::uint64_t begin, std::uint64_t mark,
                   bool& is_boundary) {
  NaiveRecord record = naive_record(file, begin, tbx::kMaxPayloadBytes);
  is_boundary = begin == mark;
  while (goes_on(record.status)) {
    record = naive_record(file, record.offset + tbx::framed_size(record.payload.size()),
                          tbx::kMaxPayloadBytes);
    is_boundary |= record.offset == mark;
  }
  return record;
}

// As append_missing() does: a mark where no record begins is damaged.
NaiveRecord end_of(std::span<const std::byte> file, std::uint64_t mark) {
  bool is_boundary;
  if (mark > file.size()) return end_of(file, 0, mark, is_boundary);
  const NaiveRecord end = end_of(file, mark, mark, is_boundary);
  if (end.offset != mark || mark == file.size()) return end;
  return end_of(file, 0, mark, is_boundary);
}

std::uint64_t append(Bytes& file, const tbx::FileLeftovers& left) {
  tbx::EventFile event_file(std::make_unique<MemorySink>(file));
  tbx::RecoveryReport report;
  const tbx::Error error = tbx::append_missing(event_file, left, report);
  REQUIRE(!error);
  return report.events;
}

void check_file(const Bytes& before, const tbx::FileLeftovers& left) {
  Bytes after = before;
  const std::uint64_t events = append(after, left);
  REQUIRE(events <= left.events.size());
  const NaiveRecord end = end_of(before, left.mark);
  const bool is_torn = end.status == tbx::ReadStatus::kTruncated;
  const std::size_t kept = is_torn ? end.offset : before.size();
  REQUIRE(after.size() >= kept);
  const bool is_kept =
      std::ranges::equal(std::span(before).first(kept), std::span(after).first(kept));
  REQUIRE(is_kept);
  std::size_t at = kept;
  for (std::size_t i = left.events.size() - events; i != left.events.size(); ++i) {
    const NaiveRecord record = naive_record(after, at, tbx::kMaxPayloadBytes);
    REQUIRE(record.status == tbx::ReadStatus::kRecord);
    const bool is_next = std::ranges::equal(record.payload, left.events[i]);
    REQUIRE(is_next);
    at += tbx::framed_size(record.payload.size());
  }
  REQUIRE(at == after.size());
  // Once more, as after a death before the queue file was removed: there is nothing to do.
  const bool is_damaged = !is_torn && end.status != tbx::ReadStatus::kEnd;
  bool is_boundary;
  end_of(before, 0, left.mark, is_boundary);
  if (is_boundary && !is_damaged) REQUIRE(append(after, left) == 0);
}

}  // namespace

std::vector<Bytes> seeds() {
  std::vector<Bytes> seeds;
  for (unsigned seed = 0; seed < 20; ++seed) {
    Bytes input = tbx_test::random_bytes(250, seed);
    if (seed % 2 == 0) input[0] = std::byte{0};  // a sound header
    seeds.push_back(std::move(input));
  }
  return seeds;
}

void check(std::span<const std::byte> bytes) {
  static auto& queue_file = *new QueueFile;
  Input input(bytes);
  const auto content = queue_file.write(input);
  const Bytes before = scripted_file(input);
  const tbx::RingLeftovers leftovers = tbx::read_leftovers(content);
  for (const tbx::FileLeftovers& left : leftovers.files) {
    const std::string_view path = left.path;
    REQUIRE(path.substr(path.rfind('/') + 1).starts_with("events.out.tfevents."));
    REQUIRE(path.find('\0') == path.npos);
    for (const auto& event : left.events) REQUIRE(tbx::event_problem(event).empty());
    check_file(before, left);
  }
}

}  // namespace tbx_fuzz
