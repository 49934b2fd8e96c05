#include "tbx/base/tsv.h"

#include <charconv>
#include <cmath>
#include <cstring>

#include "tbx/base/two_threads.h"

namespace tbx {
namespace {

// "-1.17549435e-38": the shortest text of a float is never longer, its exponent being used only
// where it saves characters.
constexpr std::size_t kMaxNumberChars = 15;

// From here on half of the numbers take ten times as long as a thread to start.
constexpr std::size_t kHalvesPayFrom = 16'000;

char* write_number(char* out, float value) {
  if (std::isnan(value)) {  // to_chars() also writes its sign, which means nothing
    std::memcpy(out, "nan", 3);
    return out + 3;
  }
  return std::to_chars(out, out + kMaxNumberChars, value).ptr;
}

std::string lines_of(std::span<const float> values, std::size_t columns) {
  std::string text(values.size() * (kMaxNumberChars + 1), '\0');
  char* out = text.data();
  std::size_t column = 0;
  for (const float value : values) {
    out = write_number(out, value);
    const bool ends_row = ++column == columns;
    *out++ = ends_row ? '\n' : '\t';
    if (ends_row) column = 0;
  }
  text.resize(static_cast<std::size_t>(out - text.data()));
  return text;
}

}  // namespace

std::string to_tsv(std::span<const float> values, std::size_t columns) {
  if (values.size() < kHalvesPayFrom) return lines_of(values, columns);
  const std::size_t middle = values.size() / columns / 2 * columns;
  std::string text, rest;
  do_both([&] { text = lines_of(values.first(middle), columns); },
          [&] { rest = lines_of(values.subspan(middle), columns); });
  return text += rest;
}

}  // namespace tbx
