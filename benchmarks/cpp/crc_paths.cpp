// Checksums, of each back end that this machine can run.
#include <cstring>
#include <memory>
#include <random>

#include "hot_path.h"
#include "median_time.h"
#include "tbx/crc/crc32c_backend.h"

namespace tbx_bench {
namespace {

using Bytes = std::vector<std::byte>;

struct Size {
  const char* name;
  std::size_t bytes;
};
// A record's header and a scalar's event; a large histogram's; an image's.
constexpr Size kSizes[] = {{"48 B", 48}, {"8 KiB", 8 << 10}, {"1 MiB", 1 << 20}};
// Calls in a row: one of a few nanoseconds would be lost in what surrounds it.
constexpr std::size_t kCalls = 100;

HotPath memcpy_path(const Size& size, std::shared_ptr<const Bytes> input) {
  HotPath path{std::string("memcpy of ") + size.name, "call", kCalls, kCalls * size.bytes, "", {}};
  path.is_counted = false;
  path.work = [bytes = size.bytes, input, copy = std::make_shared<Bytes>(size.bytes)] {
    for (std::size_t i = 0; i < kCalls; ++i) {
      std::memcpy(copy->data(), input->data(), bytes);
      keep(copy->data());
    }
  };
  return path;
}

HotPath crc_path(const tbx::Crc32cBackend& backend, const Size& size,
                 std::shared_ptr<const Bytes> input) {
  const auto bytes = std::span(*input).first(size.bytes);
  const std::string name = "crc32c " + std::string(backend.name) + " of " + size.name;
  require(backend.extend(0, bytes) == tbx::kCrc32cPortable.extend(0, bytes), name);
  return {name,
          "call",
          kCalls,
          kCalls * size.bytes,
          std::string("memcpy of ") + size.name,
          [extend = backend.extend, bytes, input] {
            for (std::size_t i = 0; i < kCalls; ++i) keep(extend(0, bytes));
          }};
}

}  // namespace

std::vector<HotPath> crc_paths() {
  const char digits[] = "123456789";
  require(tbx::kCrc32cPortable.extend(0, std::as_bytes(std::span(digits, 9))) == 0xe3069283u,
          "CRC-32C of 123456789");
  const auto input = std::make_shared<Bytes>(std::size_t{1} << 20);
  std::mt19937 random(1);
  for (std::byte& byte : *input) byte = static_cast<std::byte>(random());

  std::vector<HotPath> paths;
  for (const Size& size : kSizes) {
    paths.push_back(memcpy_path(size, input));
    for (const tbx::Crc32cBackend* backend : tbx::crc32c_backends()) {
      if (backend->usable()) paths.push_back(crc_path(*backend, size, input));
    }
  }
  return paths;
}

}  // namespace tbx_bench
