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

double load_double(const std::byte* values, std::size_t index) {
  double value;
  std::memcpy(&value, values + index * sizeof value, sizeof value);
  return value;
}

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
  evenly_spaced_ = guess_is_within_one();
}

void ExplicitLimits::find_slots(const std::byte* values, std::size_t count,
                                std::int32_t* slots) const {
  if (evenly_spaced_) {
    find_slots_by_guess(values, count, slots);
  } else {
    find_slots_by_search(values, count, slots);
  }
}

// Never falls as `value` rises: subtraction, multiplication and truncation do not, whatever they
// round.
inline std::int32_t ExplicitLimits::guess_slot(double value) const {
  const double position = (value - first_limit_) * buckets_per_unit_;
  const double inside = std::min(std::max(-1.0, position), static_cast<double>(bucket_count_));
  return static_cast<std::int32_t>(inside + 1.0);
}

void ExplicitLimits::find_slots_by_guess(const std::byte* values, std::size_t count,
                                         std::int32_t* slots) const {
  // Two loops: the first becomes vector code, the second cannot.
  for (std::size_t i = 0; i < count; ++i) slots[i] = guess_slot(load_double(values, i));
  const double* const begins = begins_.data();
  for (std::size_t i = 0; i < count; ++i) {
    const double value = load_double(values, i);
    const double* const begin = begins + slots[i];
    slots[i] += static_cast<int>(value >= begin[1]) - static_cast<int>(value < begin[0]);
  }
}

// Bisects for eight values side by side: every step waits for a load, and eight can wait at the
// same time. No branch depends on a value, since it could not be predicted.
void ExplicitLimits::find_slots_by_search(const std::byte* values, std::size_t count,
                                          std::int32_t* slots) const {
  constexpr std::size_t kTogether = 8;
  for (std::size_t first = 0; first < count; first += kTogether) {
    const std::size_t together = std::min(kTogether, count - first);
    std::array<double, kTogether> wanted{};
    std::memcpy(wanted.data(), values + first * sizeof(double), together * sizeof(double));
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

bool ExplicitLimits::guess_is_within_one() const {
  if (!std::isfinite(first_limit_) || !std::isfinite(buckets_per_unit_)) return false;
  const auto last_slot = static_cast<std::int32_t>(slot_count() - 1);
  for (std::int32_t slot = 0; slot <= last_slot; ++slot) {
    const double* const begin = &begins_[static_cast<std::size_t>(slot)];
    const double least = std::max(begin[0], std::numeric_limits<double>::lowest());
    const double greatest = std::nextafter(begin[1], -kInfinity);
    if (guess_slot(least) < slot - 1 || guess_slot(greatest) > slot + 1) return false;
  }
  return true;
}

}  // namespace tbx
