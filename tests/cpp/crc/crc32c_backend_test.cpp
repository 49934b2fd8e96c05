// One battery for every back end and for the public entry, and the rule by which a back end is
// chosen.
#include "tbx/crc/crc32c_backend.h"

#include <doctest/doctest.h>

#include <string>

#include "crc/bitwise_crc32c.h"
#include "support/test_bytes.h"
#include "tbx/crc/crc32c.h"

using tbx::Crc32cBackend;
using tbx_test::BitwiseCrc32c;
using tbx_test::Bytes;
using tbx_test::bytes_of;
using tbx_test::bytes_of_hex;
using tbx_test::random_bytes;

namespace {

using Extend = std::uint32_t (*)(std::uint32_t, std::span<const std::byte>) noexcept;

// The back end of that name; null, and a printed reason, if the battery cannot run on it here.
Extend extend_of(std::string_view name) {
  for (const Crc32cBackend* backend : tbx::crc32c_backends()) {
    if (backend->name != name) continue;
    if (backend->usable()) return backend->extend;
    MESSAGE("skipped: this CPU lacks the instructions of " << std::string(name));
    return nullptr;
  }
  MESSAGE("skipped: " << std::string(name) << " is not a back end of this architecture");
  return nullptr;
}

struct Portable {
  static Extend extend() { return extend_of("portable"); }
};
struct Sse42 {
  static Extend extend() { return extend_of("sse42"); }
};
struct Arm64 {
  static Extend extend() { return extend_of("arm64"); }
};
struct PublicEntry {
  static Extend extend() { return &tbx::crc32c_extend; }
};

Bytes bytes_from(std::size_t count, auto&& value_at) {
  Bytes bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::byte>(value_at(i));
  return bytes;
}

}  // namespace

TYPE_TO_STRING(Portable);
TYPE_TO_STRING(Sse42);
TYPE_TO_STRING(Arm64);
TYPE_TO_STRING(PublicEntry);
#define EVERY_BACKEND Portable, Sse42, Arm64, PublicEntry

TEST_CASE_TEMPLATE("published vectors", T, EVERY_BACKEND) {
  const Extend extend = T::extend();
  if (extend == nullptr) return;
  CHECK(extend(0, {}) == 0);
  CHECK(extend(0, bytes_of("123456789")) == 0xe3069283u);
  // RFC 3720, B.4.
  CHECK(extend(0, bytes_from(32, [](std::size_t) { return 0; })) == 0x8a9136aau);
  CHECK(extend(0, bytes_from(32, [](std::size_t) { return 0xff; })) == 0x62a8ab43u);
  CHECK(extend(0, bytes_from(32, [](std::size_t i) { return i; })) == 0x46dd794eu);
  CHECK(extend(0, bytes_from(32, [](std::size_t i) { return 31 - i; })) == 0x113fdb5cu);
  const Bytes scsi_read_10 = bytes_of_hex(
      "01c00000 00000000 00000000 00000000 14000000 00000400 00000014 00000018 28000000 00000000 "
      "02000000 00000000");
  REQUIRE(scsi_read_10.size() == 48);
  CHECK(extend(0, scsi_read_10) == 0xd9963a56u);
}

TEST_CASE_TEMPLATE("every slice of 2 KB, so every length at every alignment", T, EVERY_BACKEND) {
  const Extend extend = T::extend();
  if (extend == nullptr) return;
  const Bytes bytes = random_bytes(2048);
  std::size_t wrong = 0;
  for (std::size_t from = 0; from < bytes.size(); ++from) {
    BitwiseCrc32c reference;
    for (std::size_t to = from; to <= bytes.size(); ++to) {
      if (to != from) reference.add({&bytes[to - 1], 1});
      const auto slice = std::span(bytes).subspan(from, to - from);
      if (extend(0, slice) != reference.value()) ++wrong;
    }
  }
  CHECK(wrong == 0);
}

// The interleaved path takes pieces of 3 * 1024 bytes, then of 3 * 128: below 9216 bytes up to two
// large pieces meet every number of small ones and every rest.
TEST_CASE_TEMPLATE("every length up to 10,000", T, EVERY_BACKEND) {
  const Extend extend = T::extend();
  if (extend == nullptr) return;
  const Bytes bytes = random_bytes(10'000, 2);
  BitwiseCrc32c reference;
  std::size_t wrong = 0;
  for (std::size_t size = 1; size <= bytes.size(); ++size) {
    reference.add({&bytes[size - 1], 1});
    if (extend(0, std::span(bytes).first(size)) != reference.value()) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE_TEMPLATE("long inputs", T, EVERY_BACKEND) {
  const Extend extend = T::extend();
  if (extend == nullptr) return;
  const Bytes bytes = random_bytes(1'000'003, 3);
  for (const std::size_t from : {0, 1, 7, 8, 100'001}) {
    const auto tail = std::span(bytes).subspan(from);
    CHECK(extend(0, tail) == BitwiseCrc32c().add(tail).value());
  }
}

TEST_CASE_TEMPLATE("the CRC of a whole is that of its parts, wherever it is cut", T,
                   EVERY_BACKEND) {
  const Extend extend = T::extend();
  if (extend == nullptr) return;
  const Bytes bytes = random_bytes(5'000, 4);
  const std::uint32_t whole = extend(0, bytes);
  std::size_t wrong = 0;
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    const auto head = std::span(bytes).first(cut);
    const auto tail = std::span(bytes).subspan(cut);
    if (extend(extend(0, head), tail) != whole) ++wrong;
    const std::size_t middle = tail.size() / 2;
    if (extend(extend(extend(0, head), tail.first(middle)), tail.subspan(middle)) != whole) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("this build has the back ends of its architecture, the portable one last") {
  const auto backends = tbx::crc32c_backends();
  REQUIRE_FALSE(backends.empty());
  CHECK(backends.back()->name == "portable");
  CHECK(backends.back()->usable());
#if defined(__x86_64__)
  CHECK(backends.front()->name == "sse42");
#elif defined(__aarch64__)
  CHECK(backends.front()->name == "arm64");
#endif
}

namespace {

std::uint32_t extend_to_zero(std::uint32_t, std::span<const std::byte>) noexcept { return 0; }
constexpr Crc32cBackend kBest = {"best", []() noexcept { return false; }, &extend_to_zero};
constexpr Crc32cBackend kGood = {"good", []() noexcept { return true; }, &extend_to_zero};
constexpr Crc32cBackend kPlain = {"plain", []() noexcept { return true; }, &extend_to_zero};
constexpr const Crc32cBackend* kCandidates[] = {&kBest, &kGood, &kPlain};

}  // namespace

TEST_CASE("without a wish the first usable back end is chosen") {
  for (const char* no_wish : {static_cast<const char*>(nullptr), ""}) {
    const tbx::Crc32cChoice choice = tbx::choose_crc32c_backend(kCandidates, no_wish);
    CHECK(choice.backend.name == "good");
    CHECK(std::string(choice.problem.data()).empty());
  }
}

TEST_CASE("a wish for a usable back end is obeyed") {
  for (const char* name : {"good", "plain"}) {
    const tbx::Crc32cChoice choice = tbx::choose_crc32c_backend(kCandidates, name);
    CHECK(choice.backend.name == name);
    CHECK(std::string(choice.problem.data()).empty());
  }
}

TEST_CASE("a wish that cannot be obeyed is answered by the default and a sentence") {
  for (const std::string name : {"best", "nonsense", "GOOD", "plain "}) {
    const tbx::Crc32cChoice choice = tbx::choose_crc32c_backend(kCandidates, name.c_str());
    CHECK(choice.backend.name == "good");
    CHECK(std::string(choice.problem.data()) == "TBX_NATIVE_CRC32C=" + name +
                                                    " names no CRC-32C back end this machine can "
                                                    "run (it can run: good, plain); using good");
  }
}

TEST_CASE("an endless wish does not overrun the sentence") {
  const std::string name(10'000, 'x');
  const tbx::Crc32cChoice choice = tbx::choose_crc32c_backend(kCandidates, name.c_str());
  const std::string problem(choice.problem.data());
  CHECK(problem.size() < choice.problem.size());
  CHECK(problem.ends_with("using good"));
}
