// How fast are the CRC back ends, framing and reading back, next to what memory allows?
//
// Prints GB/s (10^9 bytes a second) for each back end and size, then the cost of one small record.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include "median_time.h"
#include "tbx/base/endian.h"
#include "tbx/crc/crc32c.h"
#include "tbx/crc/crc32c_backend.h"
#include "tbx/record/record_framer.h"
#include "tbx/record/record_reader.h"

namespace {

using tbx_bench::keep;
using tbx_bench::median_ns;

struct Size {
  const char* name;
  std::size_t bytes;
};
constexpr Size kSizes[] = {{"16 B", 16},       {"45 B", 45},        {"64 B", 64},
                           {"1 KiB", 1 << 10}, {"8 KiB", 8 << 10},  {"64 KiB", 64 << 10},
                           {"1 MiB", 1 << 20}, {"16 MiB", 16 << 20}};
constexpr std::size_t kLargest = 16 << 20;

// A scalar event with a tag of 20 characters.
constexpr std::size_t kSmallPayloadBytes = 45;
constexpr std::size_t kSmallRecords = 1000;

void require(bool truth, const char* claim) {
  if (truth) return;
  std::fprintf(stderr, "wrong answer, nothing timed: %s\n", claim);
  std::exit(1);
}

std::vector<std::byte> random_bytes(std::size_t size) {
  std::vector<std::byte> bytes(size);
  std::mt19937 random(1);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

template <typename Work>
void print_row(const char* name, Work&& work) {
  std::printf("%-22s", name);
  for (const Size& size : kSizes) {
    const double ns = median_ns([&] { work(size.bytes); });
    std::printf("%9.2f", static_cast<double>(size.bytes) / ns);
    std::fflush(stdout);
  }
  std::printf("\n");
}

void check_backend(const tbx::Crc32cBackend& backend, std::span<const std::byte> bytes) {
  const char digits[] = "123456789";
  require(backend.extend(0, std::as_bytes(std::span(digits, 9))) == 0xe3069283u,
          "CRC-32C of 123456789");
  for (const Size& size : kSizes) {
    const auto input = bytes.first(size.bytes);
    require(backend.extend(0, input) == tbx::kCrc32cPortable.extend(0, input),
            "CRC-32C of random bytes");
  }
}

void bench_throughput() {
  const std::vector<std::byte> input = random_bytes(kLargest);
  std::vector<std::byte> output(kLargest);
  for (const tbx::Crc32cBackend* backend : tbx::crc32c_backends()) {
    if (backend->usable()) check_backend(*backend, input);
  }

  std::printf("%-22s", "GB/s");
  for (const Size& size : kSizes) std::printf("%9s", size.name);
  std::printf("\n");
  for (const tbx::Crc32cBackend* backend : tbx::crc32c_backends()) {
    if (!backend->usable()) {
      std::printf("%-22s skipped: this CPU lacks its instructions\n", backend->name.data());
      continue;
    }
    print_row(backend->name.data(),
              [&](std::size_t bytes) { keep(backend->extend(0, std::span(input).first(bytes))); });
  }
  print_row("crc32c()",
            [&](std::size_t bytes) { keep(tbx::crc32c(std::span(input).first(bytes))); });
  print_row("reading (sum of u64)", [&](std::size_t bytes) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i + 8 <= bytes; i += 8) sum += tbx::load_le<std::uint64_t>(&input[i]);
    keep(sum);
  });
  print_row("memcpy", [&](std::size_t bytes) {
    std::memcpy(output.data(), input.data(), bytes);
    keep(output.data());
  });
}

// Gives the same records again and again.
class MemorySource final : public tbx::ByteSource {
 public:
  explicit MemorySource(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::size_t read(std::span<std::byte> out) override {
    const std::size_t count = std::min(out.size(), bytes_.size() - at_);
    std::memcpy(out.data(), bytes_.data() + at_, count);
    at_ += count;
    return count;
  }

 private:
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
};

std::size_t count_records(std::span<const std::byte> frames) {
  MemorySource source(frames);
  tbx::RecordReader reader(source);
  std::size_t count = 0;
  while (reader.next().status == tbx::ReadStatus::kRecord) ++count;
  return count;
}

void bench_small_records() {
  constexpr std::size_t kFrameBytes = tbx::framed_size(kSmallPayloadBytes);
  const std::vector<std::byte> payloads = random_bytes(kSmallRecords * kSmallPayloadBytes);
  std::vector<std::byte> frames(kSmallRecords * kFrameBytes);
  const auto frame_all = [&] {
    for (std::size_t i = 0; i < kSmallRecords; ++i) {
      tbx::frame_record(&frames[i * kFrameBytes],
                        std::span(payloads).subspan(i * kSmallPayloadBytes, kSmallPayloadBytes));
    }
    keep(frames.data());
  };
  frame_all();
  require(count_records(frames) == kSmallRecords, "records read back");

  const double per_record = 1.0 / static_cast<double>(kSmallRecords);
  std::printf("\nns per record of %zu payload bytes, in batches of %zu\n", kSmallPayloadBytes,
              kSmallRecords);
  std::printf("%-22s%9.2f\n", "frame_record", median_ns(frame_all) * per_record);
  std::printf("%-22s%9.2f\n", "RecordReader::next",
              median_ns([&] { keep(count_records(frames)); }) * per_record);
  std::printf(
      "%-22s%9.2f\n", "whole_records_prefix",
      median_ns([&] { keep(tbx::whole_records_prefix(frames, frames.size() - 1)); }) * per_record);
}

}  // namespace

int main() {
  std::printf("active back end: %s\n\n", tbx::crc32c_backend().data());
  bench_throughput();
  bench_small_records();
}
