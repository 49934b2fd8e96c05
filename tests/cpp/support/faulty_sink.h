// A file whose N-th call fails, as the test tells it to.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "support/scripted_sink.h"
#include "tbx/sink/sink.h"

namespace tbx_test {

// Asked at every call to the sink, which is the number `nth` of them all, counted from 0.
using FaultPlan = std::function<std::optional<SinkFault>(SinkCall call, std::size_t nth)>;

class FaultySink final : public tbx::Sink {
 public:
  FaultySink(std::unique_ptr<tbx::Sink> sink, FaultPlan plan)
      : sink_(std::move(sink)), plan_(std::move(plan)) {}

  const std::string& path() const override { return sink_->path(); }
  void reset_in_child() noexcept override { sink_->reset_in_child(); }
  void unlock() noexcept override { sink_->unlock(); }

  tbx::Error lock() override {
    return or_fault(SinkCall::kLock, [&] { return sink_->lock(); });
  }
  tbx::Error size(std::uint64_t& bytes) override {
    return or_fault(SinkCall::kSize, [&] { return sink_->size(bytes); });
  }
  tbx::Error read(std::uint64_t offset, std::span<std::byte> out, std::size_t& count) override {
    return or_fault(SinkCall::kRead, [&] { return sink_->read(offset, out, count); });
  }
  tbx::Error reopen() override {
    return or_fault(SinkCall::kReopen, [&] { return sink_->reopen(); });
  }
  tbx::Error truncate(std::uint64_t size) override {
    return or_fault(SinkCall::kTruncate, [&] { return sink_->truncate(size); });
  }
  tbx::Error sync() override {
    return or_fault(SinkCall::kSync, [&] { return sink_->sync(); });
  }
  tbx::Error close() override {
    return or_fault(SinkCall::kClose, [&] { return sink_->close(); });
  }
  tbx::AppendOutcome append(std::span<const std::byte> bytes) override {
    const auto fault = plan_(SinkCall::kAppend, calls_++);
    if (!fault) return sink_->append(bytes);
    const tbx::AppendOutcome part =
        sink_->append(bytes.first(std::min(fault->accepted, bytes.size())));
    return {part.written, error_of(*fault)};
  }

 private:
  template <typename Call>
  tbx::Error or_fault(SinkCall kind, Call call) {
    const auto fault = plan_(kind, calls_++);
    return fault ? error_of(*fault) : call();
  }

  tbx::Error error_of(const SinkFault& fault) const {
    return tbx::Error::io(fault.sys_errno, "scripted failure", path());
  }

  std::unique_ptr<tbx::Sink> sink_;
  const FaultPlan plan_;
  std::atomic<std::size_t> calls_{0};
};

}  // namespace tbx_test
