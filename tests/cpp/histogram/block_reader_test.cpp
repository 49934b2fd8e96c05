#include "tbx/histogram/block_reader.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>
#include <vector>

#include "tbx/base/error.h"

using tbx::Block;
using tbx::BlockReader;
using tbx::TensorView;
using tbx::ValueType;

namespace {

template <typename T>
std::vector<T> read_all(const TensorView& tensor) {
  BlockReader reader(tensor);
  std::vector<T> values;
  for (Block block = reader.next(); block.count != 0; block = reader.next()) {
    CHECK(block.count <= tbx::kBlockValues);
    const std::size_t before = values.size();
    values.resize(before + block.count);
    std::memcpy(&values[before], block.values, block.count * sizeof(T));
  }
  CHECK(values.size() == reader.value_count());
  CHECK(reader.next().count == 0);
  return values;
}

// Every index of the shape, one after the other.
template <typename T>
std::vector<T> read_naively(const TensorView& tensor) {
  std::vector<T> values;
  std::vector<std::int64_t> index(tensor.shape.size(), 0);
  if (std::find(tensor.shape.begin(), tensor.shape.end(), 0) != tensor.shape.end()) return values;
  while (true) {
    const auto offset =
        std::inner_product(index.begin(), index.end(), tensor.strides.begin(), std::int64_t{0});
    T value;
    std::memcpy(&value, static_cast<const std::byte*>(tensor.data) + offset, sizeof value);
    values.push_back(value);
    std::size_t dimension = index.size();
    while (dimension > 0 && ++index[dimension - 1] == tensor.shape[dimension - 1]) {
      index[--dimension] = 0;
    }
    if (dimension == 0) return values;
  }
}

template <typename T>
void check_reads_the_same(const TensorView& tensor) {
  auto actual = read_all<T>(tensor);
  auto expected = read_naively<T>(tensor);
  std::sort(actual.begin(), actual.end());
  std::sort(expected.begin(), expected.end());
  CHECK(actual == expected);
}

template <typename T>
constexpr ValueType kUnsigned = sizeof(T) == 1   ? ValueType::kUint8
                                : sizeof(T) == 2 ? ValueType::kUint16
                                : sizeof(T) == 4 ? ValueType::kUint32
                                                 : ValueType::kUint64;

}  // namespace

TEST_CASE(
    "a contiguous tensor is read where it lies, also reversed, transposed or with idle "
    "dimensions") {
  std::vector<std::uint32_t> values(6000);
  std::iota(values.begin(), values.end(), 0u);
  const auto first_block_of = [&](std::size_t offset, std::vector<std::int64_t> shape,
                                  std::vector<std::int64_t> strides) {
    const TensorView tensor{values.data() + offset, ValueType::kUint32, shape, strides};
    CHECK(read_all<std::uint32_t>(tensor) == values);
    return BlockReader(tensor).next().values;
  };
  const void* const begin = values.data();
  CHECK(first_block_of(0, {6000}, {4}) == begin);
  CHECK(first_block_of(0, {20, 30, 10}, {1200, 40, 4}) == begin);
  CHECK(first_block_of(0, {10, 30, 20}, {4, 40, 1200}) == begin);
  CHECK(first_block_of(5999, {6000}, {-4}) == begin);
  CHECK(first_block_of(5999, {20, 300}, {-1200, -4}) == begin);
  CHECK(first_block_of(5700, {20, 300}, {-1200, 4}) == begin);
  CHECK(first_block_of(0, {1, 6000, 1}, {-12345, 4, 0}) == begin);
}

TEST_CASE("a tensor without dimensions is one value") {
  const std::uint16_t value = 77;
  const TensorView tensor{&value, ValueType::kUint16, {}, {}};
  CHECK(read_all<std::uint16_t>(tensor) == std::vector<std::uint16_t>{77});
}

TEST_CASE("an empty dimension anywhere means no values") {
  for (const std::vector<std::int64_t>& shape :
       {std::vector<std::int64_t>{0}, {0, 5}, {5, 0}, {1, 0, 7}}) {
    const std::vector<std::int64_t> strides(shape.size(), -8);
    CHECK(read_all<std::uint64_t>({nullptr, ValueType::kUint64, shape, strides}).empty());
  }
}

TEST_CASE("a broadcast dimension repeats its values") {
  const std::vector<std::uint8_t> values{1, 2, 3};
  const std::vector<std::int64_t> shape{4, 3};
  const std::vector<std::int64_t> strides{0, 1};
  check_reads_the_same<std::uint8_t>({values.data(), ValueType::kUint8, shape, strides});
}

TEST_CASE("blocks end and begin anywhere within rows") {
  std::vector<std::uint16_t> values(7 * 2000);
  std::iota(values.begin(), values.end(), std::uint16_t{0});
  const std::vector<std::int64_t> shape{7, 1999};
  const std::vector<std::int64_t> strides{4000, 2};
  check_reads_the_same<std::uint16_t>({values.data(), ValueType::kUint16, shape, strides});
}

TEST_CASE_TEMPLATE("random shapes and strides yield every value once", T, std::uint8_t,
                   std::uint16_t, std::uint32_t, std::uint64_t) {
  std::mt19937 random(1);
  const auto below = [&](std::size_t end) { return static_cast<std::int64_t>(random() % end); };
  std::vector<std::byte> storage(40'000);
  for (std::byte& byte : storage) byte = static_cast<std::byte>(random());
  int read = 0;
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::int64_t> shape;
    std::vector<std::int64_t> strides;
    std::int64_t lowest = 0;
    std::int64_t highest = 0;
    for (auto rank = below(6); rank > 0; --rank) {
      shape.push_back(below(round % 10 == 0 ? 5 : 9) + (round % 10 != 0));
      strides.push_back(below(4) == 0 ? (below(129) - 64)
                                      : (below(65) - 32) * std::int64_t{sizeof(T)});
      const std::int64_t reach = std::max<std::int64_t>(0, shape.back() - 1) * strides.back();
      (reach < 0 ? lowest : highest) += reach;
    }
    const auto size = static_cast<std::int64_t>(storage.size() - sizeof(T));
    if (highest - lowest > size) continue;
    ++read;
    const auto offset = -lowest + below(static_cast<std::size_t>(size - (highest - lowest) + 1));
    check_reads_the_same<T>({storage.data() + offset, kUnsigned<T>, shape, strides});
  }
  CHECK(read > 1000);
}

TEST_CASE("what is no tensor is refused") {
  const auto refuses = [](std::vector<std::int64_t> shape, std::vector<std::int64_t> strides) {
    CHECK_THROWS_AS(BlockReader({nullptr, ValueType::kInt8, shape, strides}), tbx::ErrorException);
  };
  refuses({3}, {});
  refuses({-1}, {1});
  refuses({0, -1}, {1, 1});
  refuses(std::vector<std::int64_t>(65, 1), std::vector<std::int64_t>(65, 1));
  const char value = 0;
  const std::vector<std::int64_t> ones(64, 1);
  CHECK(BlockReader({&value, ValueType::kInt8, ones, ones}).value_count() == 1);
}
