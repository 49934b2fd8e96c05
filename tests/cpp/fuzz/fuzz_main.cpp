// libFuzzer's two functions. A corpus directory that is empty gets the target's seeds first.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "fuzz/fuzz_target.h"

namespace {

void fail(const doctest::AssertData& failed) {
  std::fprintf(stderr, "%s:%d: not so: %s\n", failed.m_file, failed.m_line, failed.m_expr);
  std::abort();
}

void write_seeds(const std::filesystem::path& directory) {
  const auto seeds = tbx_fuzz::seeds();
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    std::ofstream file(directory / ("seed" + std::to_string(i)), std::ios::binary);
    file.write(reinterpret_cast<const char*>(seeds[i].data()),
               static_cast<std::streamsize>(seeds[i].size()));
  }
}

}  // namespace

// Thousands of small allocations an input: where each came from is not worth a third of the time.
// For a finding, ASAN_OPTIONS=malloc_context_size=30 brings it back.
extern "C" __attribute__((visibility("default"))) const char* __asan_default_options();

extern "C" const char* __asan_default_options() {
  return "malloc_context_size=0:quarantine_size_mb=8";
}

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  static doctest::Context context;
  context.setAsDefaultForAssertsOutOfTestCases();
  context.setAssertHandler(&fail);
  for (int i = 1; i < *argc; ++i) {
    const std::filesystem::path path = (*argv)[i];
    if (std::filesystem::is_directory(path) && std::filesystem::is_empty(path)) write_seeds(path);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tbx_fuzz::check(std::as_bytes(std::span(data, size)));
  return 0;
}
