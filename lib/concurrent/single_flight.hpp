#pragma once
// Single flight: concurrent callers with one key share one computation. The first caller runs it on
// its own thread; the others wait for its result or its exception (see shareable_error.hpp). The
// result is not stored afterwards. Thread-safe; the object must outlive its calls. A computation
// must not run its own key. Named after Go's golang.org/x/sync/singleflight.
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/time.hpp"
#include "concurrent/shareable_error.hpp"
#include "metrics/metrics.hpp"

namespace feedctl::concurrent {

template <typename Value>
class SingleFlight {
 public:
  // `waits` counts the callers that joined another caller's computation.
  explicit SingleFlight(metrics::Counter* waits = nullptr) : waits_(waits) {}

  // nullopt if another caller's computation did not end by `deadline`.
  template <typename Compute>
  std::optional<Value> run(const std::string& key, Deadline deadline, Compute&& compute) {
    std::promise<Result> promise;
    std::shared_future<Result> running;
    {
      const std::lock_guard lock(mutex_);
      const auto found = flights_.find(key);
      if (found != flights_.end())
        running = found->second;
      else
        flights_.emplace(key, promise.get_future().share());
    }
    if (running.valid()) return wait_for_leader(running, deadline);
    return run_as_leader(key, promise, std::forward<Compute>(compute));
  }

 private:
  using Result = std::variant<Value, ShareableError>;

  std::optional<Value> wait_for_leader(const std::shared_future<Result>& running,
                                       Deadline deadline) {
    if (waits_ != nullptr) waits_->add();
    if (running.wait_until(deadline.at()) != std::future_status::ready) return std::nullopt;
    const auto& result = running.get();
    if (const auto* failure = std::get_if<ShareableError>(&result)) failure->raise();
    return std::get<Value>(result);
  }

  template <typename Compute>
  std::optional<Value> run_as_leader(const std::string& key, std::promise<Result>& promise,
                                     Compute&& compute) {
    try {
      Value value = compute();
      Result result(value);  // may throw, so before unregister()
      unregister(key);
      promise.set_value(std::move(result));
      return value;
    } catch (...) {
      unregister(key);
      promise.set_value(ShareableError::from_current_exception());
      throw;
    }
  }

  void unregister(const std::string& key) {
    const std::lock_guard lock(mutex_);
    flights_.erase(key);
  }

  metrics::Counter* waits_;
  std::mutex mutex_;
  std::map<std::string, std::shared_future<Result>> flights_;
};

}  // namespace feedctl::concurrent
