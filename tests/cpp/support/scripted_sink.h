// A sink in memory that fails as the test tells it to, and notices when it is misused.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "support/test_bytes.h"
#include "tbx/record/record_framer.h"
#include "tbx/sink/sink.h"

namespace tbx_test {

enum class SinkCall { kLock, kSize, kReopen, kAppend, kTruncate, kSync, kClose, kRead };

struct SinkFault {
  int sys_errno;
  std::size_t accepted = 0;  // bytes that an append takes before it fails
};

// What the sink holds and how it was used; outlives it. The sink belongs to a writer.
struct SinkScript {
  // Asked at every call, which is the number `nth` of them all, counted from 0. May block.
  using Plan = std::function<std::optional<SinkFault>(SinkCall call, std::size_t nth)>;

  void set_plan(Plan new_plan) {
    const std::lock_guard lock(mutex);
    plan = std::move(new_plan);
  }
  // Fails every append, until recover().
  void fail_appends(int sys_errno) {
    set_plan([sys_errno](SinkCall call, std::size_t) -> std::optional<SinkFault> {
      if (call != SinkCall::kAppend) return {};
      return SinkFault{sys_errno};
    });
  }
  void recover() { set_plan({}); }

  Bytes content() const {
    const std::lock_guard lock(mutex);
    return bytes;
  }
  std::size_t count(SinkCall call) const {
    const std::lock_guard lock(mutex);
    return counts[static_cast<std::size_t>(call)];
  }
  std::size_t calls() const {
    const std::lock_guard lock(mutex);
    return all_calls;
  }
  bool ends_at_record_boundary() const {
    const std::lock_guard lock(mutex);
    return tbx::whole_records_prefix(bytes, bytes.size()) == bytes.size();
  }
  // Bytes that a successful sync has covered.
  std::size_t synced() const {
    const std::lock_guard lock(mutex);
    return synced_bytes;
  }
  // What no caller may do; empty if none did.
  std::string misuse() const {
    const std::lock_guard lock(mutex);
    return misused;
  }

  mutable std::mutex mutex;
  Plan plan;
  Bytes bytes;
  std::size_t counts[8] = {};
  std::size_t all_calls = 0;
  std::size_t synced_bytes = 0;
  bool locked = false;
  std::string misused;
};

class ScriptedSink final : public tbx::Sink {
 public:
  explicit ScriptedSink(std::shared_ptr<SinkScript> script) : script_(std::move(script)) {}

  const std::string& path() const override { return path_; }

  tbx::Error lock() override {
    if (const auto fault = begin(SinkCall::kLock)) return error_of(*fault);
    const std::lock_guard lock(script_->mutex);
    if (std::exchange(script_->locked, true)) script_->misused = "locked twice";
    return {};
  }

  void unlock() noexcept override {
    const std::lock_guard lock(script_->mutex);
    if (!std::exchange(script_->locked, false)) script_->misused = "unlocked without a lock";
  }

  tbx::AppendOutcome append(std::span<const std::byte> bytes) override {
    const auto fault = begin(SinkCall::kAppend);
    const std::lock_guard lock(script_->mutex);
    Bytes& content = script_->bytes;
    if (!script_->locked) script_->misused = "appended without a lock";
    if (tbx::whole_records_prefix(content, content.size()) != content.size()) {
      script_->misused = "appended behind a torn record";
    }
    const std::size_t count = fault ? std::min(fault->accepted, bytes.size()) : bytes.size();
    content.insert(content.end(), bytes.begin(),
                   bytes.begin() + static_cast<std::ptrdiff_t>(count));
    if (count == bytes.size()) return {count, {}};
    return {count, error_of(*fault)};
  }

  tbx::Error reopen() override {
    if (const auto fault = begin(SinkCall::kReopen)) return error_of(*fault);
    return {};
  }

  tbx::Error read(std::uint64_t offset, std::span<std::byte> out, std::size_t& count) override {
    if (const auto fault = begin(SinkCall::kRead)) return error_of(*fault);
    const Bytes content = script_->content();
    const auto rest = std::span(content).subspan(std::min<std::size_t>(offset, content.size()));
    count = std::min(rest.size(), out.size());
    std::ranges::copy(rest.first(count), out.begin());
    return {};
  }

  tbx::Error size(std::uint64_t& bytes) override {
    if (const auto fault = begin(SinkCall::kSize)) return error_of(*fault);
    bytes = script_->content().size();
    return {};
  }

  tbx::Error truncate(std::uint64_t size) override {
    if (const auto fault = begin(SinkCall::kTruncate)) return error_of(*fault);
    const std::lock_guard lock(script_->mutex);
    if (!script_->locked) script_->misused = "truncated without a lock";
    if (size > script_->bytes.size()) script_->misused = "truncated to more than there is";
    script_->bytes.resize(std::min<std::size_t>(size, script_->bytes.size()));
    return {};
  }

  tbx::Error sync() override {
    const std::size_t covered = script_->content().size();
    if (const auto fault = begin(SinkCall::kSync)) return error_of(*fault);
    const std::lock_guard lock(script_->mutex);
    script_->synced_bytes = std::max(script_->synced_bytes, covered);
    return {};
  }

  tbx::Error close() override {
    if (const auto fault = begin(SinkCall::kClose)) return error_of(*fault);
    return {};
  }

 private:
  // Counts the call and asks the plan, without the mutex: a plan may block.
  std::optional<SinkFault> begin(SinkCall call) {
    SinkScript::Plan plan;
    std::size_t nth;
    {
      const std::lock_guard lock(script_->mutex);
      ++script_->counts[static_cast<std::size_t>(call)];
      nth = script_->all_calls++;
      plan = script_->plan;
    }
    return plan ? plan(call, nth) : std::nullopt;
  }

  tbx::Error error_of(const SinkFault& fault) const {
    return tbx::Error::io(fault.sys_errno, "scripted failure", path_);
  }

  std::shared_ptr<SinkScript> script_;
  std::string path_ = "script";
};

}  // namespace tbx_test
