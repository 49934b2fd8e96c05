// A writer that appends to an event file that another one has made, as a spawned process does.
#include <doctest/doctest.h>

#include <cerrno>
#include <filesystem>
#include <map>
#include <memory>

#include "support/temp_directory.h"
#include "tbx/base/error.h"
#include "writer/writer_under_test.h"

using tbx::AppendResult;
using tbx::EventWriter;
using tbx_test::file_content;
using tbx_test::numbered_event;
using tbx_test::numbers_of;
using tbx_test::recorded_payloads;
using tbx_test::TempDirectory;

namespace {

struct Attached {
  void append(EventWriter& to, std::uint32_t id, std::uint32_t producer, std::uint32_t count) {
    for (; count != 0; --count) {
      REQUIRE(tbx_test::append(to, id, numbered_event(producer, expected[producer]++)) ==
              AppendResult::kAppended);
    }
  }
  void check() const {
    auto events = recorded_payloads(file_content(made.path));
    REQUIRE(!events.empty());
    events.erase(events.begin());  // the file version
    tbx_test::ProducerOrder order;
    order.add_all(numbers_of(events));
    CHECK(order.counts() == expected);
  }

  TempDirectory directory;
  std::shared_ptr<EventWriter> maker = EventWriter::open({});
  EventWriter::OpenedFile made = maker->open_file(directory.path(), {});
  std::shared_ptr<EventWriter> other = EventWriter::open({});
  std::map<std::uint32_t, std::uint32_t> expected;
};

}  // namespace

TEST_CASE("two writers append to one file, in turns and at the same time") {
  Attached test;
  test.append(*test.maker, test.made.id, 0, 5);
  REQUIRE(!tbx_test::flush(*test.maker));
  const auto attached = test.other->attach_file(test.made.path, test.maker->file_end(test.made.id));
  CHECK(attached.path == test.made.path);
  for (int round = 0; round < 20; ++round) {
    test.append(*test.other, attached.id, 1, 30);
    test.append(*test.maker, test.made.id, 0, 30);
    if (round % 3 == 0) CHECK(!tbx_test::flush(*test.other));
  }
  CHECK(!tbx_test::close(*test.other));
  test.append(*test.maker, test.made.id, 0, 5);
  CHECK(!tbx_test::close(*test.maker));
  test.check();
}

TEST_CASE("wherever it is told that records end, nothing is overwritten") {
  for (const bool from_the_beginning : {true, false}) {
    Attached test;
    test.append(*test.maker, test.made.id, 0, 5);
    REQUIRE(!tbx_test::close(*test.maker));
    const std::uint64_t end = from_the_beginning ? 0 : file_content(test.made.path).size();
    const auto attached = test.other->attach_file(test.made.path, end);
    test.append(*test.other, attached.id, 1, 5);
    CHECK(!tbx_test::close(*test.other));
    test.check();
  }
}

TEST_CASE("its ring can be kept in a file, too, which goes with it") {
  Attached test;
  const auto attached = test.other->attach_file(test.made.path, 0);
  CHECK(test.other->ring_file_path().empty());
  test.other->keep_ring_in_file();
  const std::string ring_file = test.other->ring_file_path();
  CHECK(std::filesystem::exists(ring_file));
  CHECK(ring_file != test.maker->ring_file_path());
  test.append(*test.other, attached.id, 1, 5);
  CHECK(!tbx_test::close(*test.other));
  CHECK(!std::filesystem::exists(ring_file));
  CHECK(std::filesystem::exists(test.maker->ring_file_path()));
  CHECK(!tbx_test::close(*test.maker));
  test.check();
}

TEST_CASE("a file that was deleted since begins anew, once for both") {
  Attached test;
  const auto attached = test.other->attach_file(test.made.path, 0);
  std::filesystem::remove(test.made.path);
  test.append(*test.other, attached.id, 1, 5);
  CHECK(!tbx_test::flush(*test.other));
  test.append(*test.maker, test.made.id, 0, 5);
  CHECK(!tbx_test::close(*test.maker));
  CHECK(!tbx_test::close(*test.other));
  test.check();
}

TEST_CASE("a file that is not there cannot be attached to, and none is made") {
  Attached test;
  const std::string path = test.directory / "none";
  try {
    (void)test.other->attach_file(path, 0);
    FAIL("attached");
  } catch (const tbx::ErrorException& exception) {
    CHECK(exception.error().sys_errno == ENOENT);
    CHECK(exception.error().path == path);
  }
  CHECK(!std::filesystem::exists(path));
}

TEST_CASE("a file without a whole first record can be appended to, but not made again") {
  Attached test;
  REQUIRE(!tbx_test::close(*test.maker));
  std::filesystem::resize_file(test.made.path, 7);
  const auto attached = test.other->attach_file(test.made.path, 0);
  test.append(*test.other, attached.id, 1, 3);
  CHECK(!tbx_test::flush(*test.other));
  CHECK(numbers_of(recorded_payloads(file_content(test.made.path))) == tbx_test::numbers(1, 3));
  std::filesystem::remove(test.made.path);
  test.append(*test.other, attached.id, 1, 1);
  CHECK(tbx_test::flush(*test.other).sys_errno == ESTALE);
  CHECK(!std::filesystem::exists(test.made.path));
}
