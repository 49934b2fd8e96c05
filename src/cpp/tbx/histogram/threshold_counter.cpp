#include "tbx/histogram/threshold_counter.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "tbx/base/error.h"
#include "tbx/histogram/block.h"
#include "tbx/histogram/widen.h"

namespace tbx {
namespace {

constexpr std::size_t kMaxThresholds = std::size_t{1} << 16;

// numpy.histogram() adds up this many weights before it adds them to the sums before. Source:
// numpy/lib/_histograms_impl.py, BLOCK.
constexpr std::size_t kRunValues = 65536;
static_assert(kRunValues % kBlockValues == 0);

struct Sums {
  double yes = 0;
  double no = 0;
};

// Hands out packed values block by block, without a copy.
class PackedValues {
 public:
  PackedValues(const char* what, const TensorView& tensor)
      : values_(static_cast<const std::byte*>(tensor.data)), type_(tensor.type) {
    // Outwards from the innermost dimension; the stride of a dimension of one value means nothing.
    auto packed_stride = static_cast<std::int64_t>(bytes_of(type_));
    bool is_packed = true;
    for (std::size_t i = tensor.shape.size(); i-- != 0;) {
      is_packed = is_packed && (tensor.shape[i] <= 1 || tensor.strides[i] == packed_stride);
      packed_stride *= tensor.shape[i];
      count_ *= static_cast<std::size_t>(tensor.shape[i]);
    }
    if (!is_packed && count_ != 0) {
      throw_if(Error::invalid_argument(std::string(what) + " must be packed in row-major order"));
    }
  }

  std::size_t count() const { return count_; }
  ValueType type() const { return type_; }

  Block block_at(std::size_t first) const {
    return {values_ + first * bytes_of(type_), std::min(kBlockValues, count_ - first)};
  }

 private:
  const std::byte* values_;
  ValueType type_;
  std::size_t count_ = 1;
};

// Writes the bucket of each prediction; those of none get the one behind the last. For what is not
// negative, cutting the fraction off is floor(); comparisons with NaN are false.
template <typename Float>
void find_buckets(ValueType type, Block predictions, std::size_t thresholds,
                  std::int32_t* buckets) {
  std::array<Float, kBlockValues> room;
  const Block widened = widen(type, predictions, room.data());
  const auto buckets_per_unit = static_cast<Float>(thresholds - 1);
  const auto end = static_cast<Float>(thresholds);
  for (std::size_t i = 0; i < widened.count; ++i) {
    const Float position =
        load_packed<Float>(widened.values + i * sizeof(Float)) * buckets_per_unit;
    buckets[i] = static_cast<std::int32_t>(position >= 0 && position < end ? position : end);
  }
}

// As add_weighted_block(), with weights of 1.
void add_block(Block labels, const std::int32_t* buckets, Sums* sums) {
  for (std::size_t i = 0; i < labels.count; ++i) {
    const auto label = load_packed<double>(labels.values + i * sizeof(double));
    sums[buckets[i]].yes += label;
    sums[buckets[i]].no += 1 - label;
  }
}

void add_weighted_block(Block labels, Block weights, const std::int32_t* buckets, Sums* sums) {
  for (std::size_t i = 0; i < labels.count; ++i) {
    const auto label = load_packed<double>(labels.values + i * sizeof(double));
    const auto weight = load_packed<double>(weights.values + i * sizeof(double));
    sums[buckets[i]].yes += label * weight;
    sums[buckets[i]].no += (1 - label) * weight;
  }
}

void check(const PackedValues& labels, const PackedValues& predictions,
           const std::optional<PackedValues>& weights, std::size_t thresholds) {
  if (thresholds == 0 || thresholds > kMaxThresholds) {
    throw_if(Error::invalid_argument("there must be 1 to 65536 thresholds, not " +
                                     std::to_string(thresholds)));
  }
  if (labels.count() != predictions.count()) {
    throw_if(Error::invalid_argument(std::to_string(labels.count()) + " labels for " +
                                     std::to_string(predictions.count()) + " predictions"));
  }
  if (weights && weights->count() != predictions.count()) {
    throw_if(Error::invalid_argument(std::to_string(weights->count()) + " weights for " +
                                     std::to_string(predictions.count()) + " predictions"));
  }
}

}  // namespace

ThresholdCounts count_thresholds(const TensorView& labels, const TensorView& predictions,
                                 const std::optional<TensorView>& weights, std::size_t thresholds) {
  const PackedValues yes_or_no("labels", labels);
  const PackedValues scores("predictions", predictions);
  std::optional<PackedValues> weighting;
  if (weights) weighting.emplace("weights", *weights);
  check(yes_or_no, scores, weighting, thresholds);

  const auto buckets_of =
      fits_float32(scores.type()) ? &find_buckets<float> : &find_buckets<double>;
  std::array<std::int32_t, kBlockValues> buckets;
  std::array<double, kBlockValues> label_room, weight_room;
  std::vector<Sums> total(thresholds), of_run(thresholds + 1);
  for (std::size_t run = 0; run < scores.count(); run += kRunValues) {
    std::ranges::fill(of_run, Sums{});
    const std::size_t run_end = std::min(run + kRunValues, scores.count());
    for (std::size_t first = run; first < run_end; first += kBlockValues) {
      buckets_of(scores.type(), scores.block_at(first), thresholds, buckets.data());
      const Block label_block =
          widen(yes_or_no.type(), yes_or_no.block_at(first), label_room.data());
      if (weighting) {
        const Block weight_block =
            widen(weighting->type(), weighting->block_at(first), weight_room.data());
        add_weighted_block(label_block, weight_block, buckets.data(), of_run.data());
      } else {
        add_block(label_block, buckets.data(), of_run.data());
      }
    }
    for (std::size_t i = 0; i < thresholds; ++i) {
      total[i].yes += of_run[i].yes;
      total[i].no += of_run[i].no;
    }
  }

  ThresholdCounts counts;
  for (const Sums& sums : total) {
    counts.true_positives.push_back(sums.yes);
    counts.false_positives.push_back(sums.no);
  }
  return counts;
}

}  // namespace tbx
