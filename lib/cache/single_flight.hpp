#pragma once
// Concurrent callers with one key share one computation: the first runs it on its own thread, the
// others wait for what it returns or throws (an Error, or what becomes one). Nothing is kept
// afterwards. Thread-safe; the object must outlive its calls. A computation must not ask for its
// own key.
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/time.hpp"
#include "cache/failure.hpp"
#include "metrics/metrics.hpp"

namespace feedctl::cache {

template <typename Value>
class SingleFlight {
 public:
  // `waits` counts the callers that joined another one's computation.
  explicit SingleFlight(metrics::Counter* waits = nullptr) : waits_(waits) {}

  // nullopt where another caller's computation was not done by `deadline`.
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
    if (running.valid()) return join(running, deadline);
    return lead(key, promise, std::forward<Compute>(compute));
  }

 private:
  using Result = std::variant<Value, Failure>;

  std::optional<Value> join(const std::shared_future<Result>& running, Deadline deadline) {
    if (waits_ != nullptr) waits_->add();
    if (running.wait_until(deadline.at()) != std::future_status::ready) return std::nullopt;
    const auto& result = running.get();
    if (const auto* failure = std::get_if<Failure>(&result)) failure->raise();
    return std::get<Value>(result);
  }

  template <typename Compute>
  std::optional<Value> lead(const std::string& key, std::promise<Result>& promise,
                            Compute&& compute) {
    try {
      Value value = compute();
      Result result(value);  // what may throw comes before the key is free for another flight
      land(key);
      promise.set_value(std::move(result));
      return value;
    } catch (...) {
      land(key);
      promise.set_value(Failure::current());
      throw;
    }
  }

  void land(const std::string& key) {
    const std::lock_guard lock(mutex_);
    flights_.erase(key);
  }

  metrics::Counter* waits_;
  std::mutex mutex_;
  std::map<std::string, std::shared_future<Result>> flights_;
};

}  // namespace feedctl::cache
