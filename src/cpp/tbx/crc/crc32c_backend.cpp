// The list of back ends in this build and the choice among them.
#include "tbx/crc/crc32c_backend.h"

#include <algorithm>
#include <cstdio>

namespace tbx {
namespace {

constexpr const Crc32cBackend* kBackends[] = {
#if defined(__x86_64__)
    &kCrc32cSse42,
#elif defined(__aarch64__)
    &kCrc32cArm64,
#endif
    &kCrc32cPortable,
};

// A sentence that does not fit is cut off; snprintf ends it with a NUL all the same.
void describe_refusal(Crc32cChoice& choice, std::span<const Crc32cBackend* const> candidates,
                      const char* forced) noexcept {
  std::array<char, 96> usable = {};
  std::size_t used = 0;
  for (const Crc32cBackend* candidate : candidates) {
    if (candidate != candidates.back() && !candidate->usable()) continue;
    const int written =
        std::snprintf(usable.data() + used, usable.size() - used, "%s%.*s", used == 0 ? "" : ", ",
                      static_cast<int>(candidate->name.size()), candidate->name.data());
    used = std::min(used + static_cast<std::size_t>(std::max(written, 0)), usable.size() - 1);
  }
  std::snprintf(choice.problem.data(), choice.problem.size(),
                "TBX_NATIVE_CRC32C=%.40s names no CRC-32C back end this machine can run (it can "
                "run: %s); using %.*s",
                forced, usable.data(), static_cast<int>(choice.backend.name.size()),
                choice.backend.name.data());
}

}  // namespace

std::span<const Crc32cBackend* const> crc32c_backends() noexcept { return kBackends; }

Crc32cChoice choose_crc32c_backend(std::span<const Crc32cBackend* const> candidates,
                                   const char* forced) noexcept {
  const Crc32cBackend* fastest = nullptr;
  const bool wish = forced != nullptr && *forced != '\0';
  for (const Crc32cBackend* candidate : candidates) {
    if (candidate != candidates.back() && !candidate->usable()) continue;
    if (wish && candidate->name == forced) return {*candidate, {}};
    if (fastest == nullptr) fastest = candidate;
  }
  Crc32cChoice choice{*fastest, {}};
  if (wish) describe_refusal(choice, candidates, forced);
  return choice;
}

}  // namespace tbx
