#include "tbx/histogram/explicit_limits.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "tbx/base/error.h"

namespace tbx {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// So that slots, of which there is one more than limits, fit std::int32_t.
constexpr std::size_t kMaxLimits = std::numeric_limits<std::int32_t>::max() - 1;

using Double2 = double __attribute__((vector_size(16)));

void check(std::span<const double> limits) {
  if (limits.size() < 2) {
    throw_if(Error::invalid_argument("a histogram needs at least two bucket limits, not " +
                                     std::to_string(limits.size())));
  }
  if (limits.size() > kMaxLimits) throw_if(Error::invalid_argument("too many bucket limits"));
  for (std::size_t i = 0; i < limits.size(); ++i) {
    if (std::isnan(limits[i])) {
      throw_if(Error::invalid_argument("bucket limit " + std::to_string(i) + " is NaN"));
    }
    if (i != 0 && limits[i] < limits[i - 1]) {
      throw_if(Error::invalid_argument("bucket limits must not fall, but limit " +
                                       std::to_string(i) + " is " + std::to_string(limits[i]) +
                                       " after " + std::to_string(limits[i - 1])));
    }
  }
}

}  // namespace

ExplicitLimits::ExplicitLimits(std::span<const double> limits) {
  check(limits);
  bucket_count_ = limits.size() - 1;
  first_limit_ = limits.front();
  buckets_per_unit_ = static_cast<double>(bucket_count_) / (limits.back() - limits.front());
  begins_.reserve(slot_count() + 1);
  begins_.push_back(-kInfinity);
  begins_.insert(begins_.end(), limits.begin(), limits.end());
  begins_.back() = std::nextafter(limits.back(), kInfinity);
  begins_.push_back(kInfinity);
  evenly_spaced_ = guess_is_slot_or_below();
}

void ExplicitLimits::find_slots(Block block, std::int32_t* slots) const {
  if (evenly_spaced_) {
    find_slots_by_guess(block, slots);
  } else {
    find_slots_by_search(block, slots);
  }
}

// Where between the slots a value is, to be cut off to the slot or the one below it. Never falls as
// `value` rises: subtraction, multiplication and addition do not, whatever they round. Number is
// double or Double2; min and max are spelled out because the compiler makes branches of std::min
// and std::max here.
template <typename Number>
Number ExplicitLimits::slot_position(Number value) const {
  const Number bottom{};
  const Number top = bottom + static_cast<double>(bucket_count_ + 1);
  Number position = (value - first_limit_) * buckets_per_unit_ + 0.5;
  position = position > bottom ? position : bottom;
  return position < top ? position : top;
}

void ExplicitLimits::find_slots_by_guess(Block block, std::int32_t* slots) const {
  const double* const begins = begins_.data();
  const auto settle = [begins](double value, double position) {
    const auto guess = static_cast<std::int32_t>(position);
    return guess + static_cast<int>(value >= begins[guess + 1]);
  };
  std::size_t i = 0;
  for (; i + 2 <= block.count; i += 2) {
    const auto pair = load_packed<Double2>(block.values + i * sizeof(double));
    const Double2 position = slot_position(pair);
    slots[i] = settle(pair[0], position[0]);
    slots[i + 1] = settle(pair[1], position[1]);
  }
  if (i < block.count) {
    const auto value = load_packed<double>(block.values + i * sizeof(double));
    slots[i] = settle(value, slot_position(value));
  }
}

// Bisects for eight values side by side: every step waits for a load, and eight can wait at the
// same time. No branch depends on a value, since it could not be predicted.
void ExplicitLimits::find_slots_by_search(Block block, std::int32_t* slots) const {
  constexpr std::size_t kTogether = 8;
  for (std::size_t first = 0; first < block.count; first += kTogether) {
    const std::size_t together = std::min(kTogether, block.count - first);
    std::array<double, kTogether> wanted{};
    std::memcpy(wanted.data(), block.values + first * sizeof(double), together * sizeof(double));
    std::array<const double*, kTogether> found;
    found.fill(begins_.data());
    for (std::size_t left = slot_count(); left > 1;) {
      const std::size_t half = left / 2;
      for (std::size_t i = 0; i < kTogether; ++i) {
        found[i] += wanted[i] >= found[i][half] ? half : 0;
      }
      left -= half;
    }
    for (std::size_t i = 0; i < together; ++i) {
      slots[first + i] = static_cast<std::int32_t>(found[i] - begins_.data());
    }
  }
}

bool ExplicitLimits::guess_is_slot_or_below() const {
  if (!std::isfinite(first_limit_) || !std::isfinite(buckets_per_unit_)) return false;
  const auto last_slot = static_cast<std::int32_t>(slot_count() - 1);
  for (std::int32_t slot = 0; slot <= last_slot; ++slot) {
    const double* const begin = &begins_[static_cast<std::size_t>(slot)];
    const double least = std::max(begin[0], std::numeric_limits<double>::lowest());
    const double greatest = std::nextafter(begin[1], -kInfinity);
    const auto lowest_guess = static_cast<std::int32_t>(slot_position(least));
    const auto highest_guess = static_cast<std::int32_t>(slot_position(greatest));
    if (lowest_guess < slot - 1 || highest_guess > slot) return false;
  }
  return true;
}

}  // namespace tbx
