#include "tbx/histogram/bucket_limits.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>

#include "histogram/fnv1a.h"

using tbx::kDefaultBucketLimits;

TEST_CASE("the default limits are tensorboardX's, bit for bit") {
  // b = tensorboardX.SummaryWriter(write_to_disk=False).default_bins
  // print(len(b), b[0].hex(), b[-1].hex(), hex(fnv1a_64(numpy.array(b, '<f8').tobytes())))
  // 1549 -0x1.58323029f544cp+66 0x1.58323029f544cp+66 0xb1efe4f72dec20f5
  CHECK(kDefaultBucketLimits.size() == 1549);
  CHECK(kDefaultBucketLimits.front() == -0x1.58323029f544cp+66);
  CHECK(kDefaultBucketLimits.back() == 0x1.58323029f544cp+66);
  CHECK(tbx_test::fnv1a(kDefaultBucketLimits) == 0xb1efe4f72dec20f5);
}

TEST_CASE("the default limits rise, and mirror each other around zero") {
  CHECK(std::adjacent_find(kDefaultBucketLimits.begin(), kDefaultBucketLimits.end(),
                           std::greater_equal<>()) == kDefaultBucketLimits.end());
  CHECK(kDefaultBucketLimits[tbx::kPositiveLimitCount] == 0.0);
  for (std::size_t i = 1; i <= tbx::kPositiveLimitCount; ++i) {
    CHECK(kDefaultBucketLimits[tbx::kPositiveLimitCount + i] ==
          -kDefaultBucketLimits[tbx::kPositiveLimitCount - i]);
  }
}
