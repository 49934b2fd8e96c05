// Matrices as tab-separated text.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace tbx {

// One line per row, each ended by '\n'. A number has as many digits as it takes to read the same
// float back, and is "nan", "inf" or "-inf" where it is not finite. `columns` is not 0. Of many
// numbers a second thread writes half, where it can.
std::string to_tsv(std::span<const float> values, std::size_t columns);

}  // namespace tbx
