// Which of the loops for float32 the running processor counts with.
#pragma once

namespace tbx {

// In the order of what they ask of a processor.
enum class CountingMethod { kPortable, kAvx2, kAvx512 };

// Whether the running processor can count so. Never by what was measured to be slower there.
bool can_count_by(CountingMethod method) noexcept;

// The last one that it can, unless the environment has TBX_NATIVE_COUNTING: `portable` or `avx2`
// for no later one than that.
CountingMethod counting_method() noexcept;

}  // namespace tbx
