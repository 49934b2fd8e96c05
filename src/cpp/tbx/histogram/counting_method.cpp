#include "tbx/histogram/counting_method.h"

#include <cstdlib>
#include <string_view>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace tbx {
namespace {

#if defined(__x86_64__)

// AVX512-FP16 came with Golden Cove (Sapphire Rapids), Intel's first core with AVX-512 that needs
// no microcode against Downfall, which makes a gather many times slower. AMD's cores have had none
// up to Zen 5; on Zen 4, counting by gathers takes 1.2 times as long as by AVX2.
bool has_fast_gathers() noexcept {
  constexpr unsigned kAvx512Fp16 = 1u << 23;
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
         __builtin_cpu_supports("avx512vl") != 0 &&
         __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (edx & kAvx512Fp16) != 0;
}

#endif

CountingMethod last_allowed() noexcept {
  const char* const wish = std::getenv("TBX_NATIVE_COUNTING");
  if (wish == nullptr) return CountingMethod::kAvx512;
  if (std::string_view(wish) == "portable") return CountingMethod::kPortable;
  return std::string_view(wish) == "avx2" ? CountingMethod::kAvx2 : CountingMethod::kAvx512;
}

CountingMethod choose() noexcept {
  const CountingMethod last = last_allowed();
  for (const auto method : {CountingMethod::kAvx512, CountingMethod::kAvx2}) {
    if (method <= last && can_count_by(method)) return method;
  }
  return CountingMethod::kPortable;
}

// Found out once, when the core is loaded: a virtual machine is left for the instruction that
// tells.
const CountingMethod kChosen = choose();

}  // namespace

bool can_count_by(CountingMethod method) noexcept {
#if defined(__x86_64__)
  if (method == CountingMethod::kAvx512) return has_fast_gathers();
  if (method == CountingMethod::kAvx2) {
    return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
  }
#endif
  return method == CountingMethod::kPortable;
}

CountingMethod counting_method() noexcept { return kChosen; }

}  // namespace tbx
