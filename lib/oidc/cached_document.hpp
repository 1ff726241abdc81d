#pragma once
// A document of a provider in memory: its configuration, its keys. One fetch at a time, by the
// caller that needs it; the others wait for it (single flight). Through an outage of the provider
// the old one serves for up to 24 hours after it was fetched. Thread-safe.
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/time.hpp"
#include "concurrent/single_flight.hpp"
#include "oidc/clock.hpp"

namespace feedctl::oidc {

template <typename T>
class CachedDocument {
 public:
  using Pointer = std::shared_ptr<const T>;
  struct Fetched {
    Pointer document;
    std::chrono::seconds lifetime;  // counts as fresh for so long
  };

  // `fetch` throws Error. `name` is for the log.
  CachedDocument(std::string name, std::function<Fetched()> fetch, Clock clock)
      : name_(std::move(name)), fetch_(std::move(fetch)), clock_(std::move(clock)) {}

  // The document, fetched where there is no fresh one. Throws what `fetch` does.
  Pointer get() {
    if (auto fresh = fresh_document()) return fresh;
    return update(Reason::stale);
  }

  // The document again, for a caller that misses something in it: at most one such fetch a minute.
  Pointer refetch() { return update(Reason::incomplete); }

 private:
  enum class Reason { stale, incomplete };
  static constexpr std::chrono::seconds min_interval{60};
  static constexpr std::chrono::hours max_age{24};
  static constexpr std::chrono::seconds max_wait{10};

  // A clock that was set back makes it old.
  static bool is_within(std::optional<Time> from, Time now, std::chrono::seconds length) {
    return from && now >= *from && now - *from < length;
  }

  Pointer fresh_document() const {
    const std::lock_guard lock(mutex_);
    return is_within(fetched_at_, clock_(), lifetime_) ? document_ : nullptr;
  }

  Pointer update(Reason reason) {
    auto document = flight_.run("", Deadline::after(max_wait),
                                [this, reason] { return fetch_or_keep(reason); });
    if (document) return *document;
    throw Error(ErrorCode::unavailable, "the provider does not answer in time").with_detail(name_);
  }

  Pointer fetch_or_keep(Reason reason) {
    const auto now = clock_();
    if (auto kept = document_of_last_attempt(reason, now)) return kept;
    try {
      return store(fetch_(), now);
    } catch (const Error& error) {
      return keep_old(error, now);
    }
  }

  // What there is, if the last attempt for this reason was less than a minute ago. The reasons
  // count apart: a key may be new although the document was fetched a moment ago.
  Pointer document_of_last_attempt(Reason reason, Time now) {
    const std::lock_guard lock(mutex_);
    auto& attempted_at = reason == Reason::stale ? attempted_at_ : refetched_at_;
    const bool is_recent = is_within(attempted_at, now, min_interval);
    if (is_recent && is_within(fetched_at_, now, max_age)) return document_;
    attempted_at = now;
    return nullptr;
  }

  Pointer store(Fetched fetched, Time now) {
    const std::lock_guard lock(mutex_);
    document_ = std::move(fetched.document);
    lifetime_ = fetched.lifetime;
    fetched_at_ = now;
    return document_;
  }

  Pointer keep_old(const Error& error, Time now) {
    const std::lock_guard lock(mutex_);
    if (!is_within(fetched_at_, now, max_age)) throw error;
    log::warning("the old document of a provider stays in use",
                 {{"document", name_}, {"error", error.what()}, {"detail", error.detail()}});
    return document_;
  }

  const std::string name_;
  const std::function<Fetched()> fetch_;
  const Clock clock_;
  concurrent::SingleFlight<Pointer> flight_;
  mutable std::mutex mutex_;
  Pointer document_;
  std::chrono::seconds lifetime_{0};
  std::optional<Time> fetched_at_, attempted_at_, refetched_at_;
};

}  // namespace feedctl::oidc
