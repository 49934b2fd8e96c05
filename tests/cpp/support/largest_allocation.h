// The largest block of memory asked of operator new since the last reset, by anybody in this test
// program.
#pragma once

#include <cstddef>

namespace tbx_test {

void reset_largest_allocation();
std::size_t largest_allocation();

}  // namespace tbx_test
