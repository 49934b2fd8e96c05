// Producers of small and large events on a small queue, with a drain that sleeps, beside closing
// and reopening.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "queue/reassembly.h"
#include "support/numbered_event.h"
#include "tbx/queue/event_queue.h"

using namespace std::chrono_literals;
using tbx::AppendResult;
using tbx::EventQueue;
using tbx::OverflowPolicy;
using tbx_test::Bytes;
using tbx_test::numbered_event;

namespace {

constexpr std::uint32_t kProducers = 4;

std::size_t size_of_event(std::uint32_t producer, std::uint32_t number) {
  if ((number + producer) % 50 == 0) return 5000 + number % 3000;  // larger than the ring
  return 8 + (number * 7 + producer) % 300;
}

// Sends `count` events of `producer` and tells how many were appended.
std::uint32_t produce(EventQueue& queue, std::uint32_t producer, std::uint32_t count) {
  std::uint32_t appended = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Bytes event = numbered_event(producer, appended, size_of_event(producer, appended));
    const AppendResult result = queue.append(producer, event, [] { return true; });
    if (result == AppendResult::kAppended) ++appended;
    if (result == AppendResult::kClosed) std::this_thread::yield();
  }
  return appended;
}

}  // namespace

TEST_CASE("what was appended is there once and in order, whatever the policy") {
  for (const OverflowPolicy policy : {OverflowPolicy::kBlock, OverflowPolicy::kDrop}) {
    constexpr std::uint32_t kEach = 8000;
    tbx::Doorbell doorbell([] {});
    EventQueue queue(4096, policy, 1h, doorbell);
    doorbell.ring_if_asleep();
    tbx_test::ProducerOrder order;
    std::uint64_t bytes = 0;
    std::jthread drain([&](const std::stop_token& stop) {
      tbx_test::Reassembly reassembly(queue,
                                      [&](std::uint32_t file, std::span<const std::byte> event) {
                                        const auto number = tbx_test::number_of(event);
                                        REQUIRE(number.producer == file);
                                        order.add(number);
                                        bytes += event.size();
                                      });
      for (;;) {
        const bool last_look = stop.stop_requested();
        while (reassembly.next()) {
        }
        if (last_look) return;
        doorbell.fall_asleep(1ms, [&] { return queue.ring().used_bytes() == 0; });
      }
    });
    std::vector<std::uint32_t> appended(kProducers);
    {
      std::vector<std::jthread> producers;
      for (std::uint32_t producer = 0; producer < kProducers; ++producer) {
        producers.emplace_back(
            [&, producer] { appended[producer] = produce(queue, producer, kEach); });
      }
    }
    drain.request_stop();
    drain.join();
    std::uint32_t total = 0;
    for (std::uint32_t producer = 0; producer < kProducers; ++producer) {
      const auto found = order.counts().find(producer);
      CHECK((found == order.counts().end() ? 0 : found->second) == appended[producer]);
      total += appended[producer];
    }
    CHECK(queue.events_enqueued() == total);
    CHECK(queue.bytes_enqueued() == bytes);
    CHECK(queue.dropped() == kProducers * kEach - total);
    if (policy == OverflowPolicy::kBlock) {
      CHECK(total == kProducers * kEach);
      CHECK(queue.blocked_ns() > 0);
    } else {
      CHECK(total > 0);
    }
  }
}

TEST_CASE("closing and reopening refuses some events and loses none") {
  tbx::Doorbell doorbell([] {});
  EventQueue queue(4096, OverflowPolicy::kBlock, 1h, doorbell);
  tbx_test::ProducerOrder order;
  std::jthread drain([&](const std::stop_token& stop) {
    tbx_test::Reassembly reassembly(queue, [&](std::uint32_t, std::span<const std::byte> event) {
      order.add(tbx_test::number_of(event));
    });
    for (int round = 0;; ++round) {
      const bool last_look = stop.stop_requested();
      while (reassembly.next()) {
      }
      if (last_look) return;
      if (round % 20 != 0) continue;
      queue.ring().close();
      const std::uint64_t tail = queue.ring().tail_position();
      while (queue.ring().head_position() != tail) (void)reassembly.next();
      REQUIRE(queue.ring().tail_position() == tail);
      queue.ring().reopen();
    }
  });
  std::vector<std::uint32_t> appended(kProducers);
  {
    std::vector<std::jthread> producers;
    for (std::uint32_t producer = 0; producer < kProducers; ++producer) {
      producers.emplace_back(
          [&, producer] { appended[producer] = produce(queue, producer, 8000); });
    }
  }
  drain.request_stop();
  drain.join();
  for (std::uint32_t producer = 0; producer < kProducers; ++producer) {
    CHECK(order.counts().at(producer) == appended[producer]);
  }
}
