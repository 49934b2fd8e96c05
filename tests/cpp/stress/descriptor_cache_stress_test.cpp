// Threads that use, close and reopen files through fewer descriptors than there are threads.
#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "support/open_files.h"
#include "support/temp_directory.h"
#include "tbx/sink/descriptor_cache.h"

using tbx::CachedDescriptor;
using tbx::DescriptorCache;
using tbx::DescriptorLease;

TEST_CASE("every byte goes to its own file") {
  constexpr std::size_t kFiles = 8;
  const tbx_test::TempDirectory directory;
  DescriptorCache cache(2);
  std::array<CachedDescriptor, kFiles> descriptors;
  for (std::size_t file = 0; file < kFiles; ++file) {
    REQUIRE(!CachedDescriptor::create(cache, directory / std::to_string(file), descriptors[file]));
  }
  std::array<std::atomic<std::size_t>, kFiles> written{};
  std::atomic<int> failures{0};
  {
    std::vector<std::jthread> threads;
    for (unsigned thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&, thread] {
        std::mt19937 random(thread);
        for (int i = 0; i < 3000; ++i) {
          const std::size_t file = random() % kFiles;
          const char digit = static_cast<char>('0' + file);
          const DescriptorLease lease(descriptors[file]);
          if (lease.error() || ::write(lease.fd(), &digit, 1) != 1) ++failures;
          ++written[file];
          if (random() % 4 == 0 && cache.close(descriptors[file])) ++failures;
        }
      });
    }
  }
  CHECK(failures == 0);
  for (std::size_t file = 0; file < kFiles; ++file) {
    CHECK(tbx_test::file_content(directory / std::to_string(file)) ==
          tbx_test::bytes_of(std::string(written[file], static_cast<char>('0' + file))));
  }
  CHECK(tbx_test::open_files_in(directory.path()).size() <= 4);
}
