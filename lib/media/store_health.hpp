#pragma once
// Whether the blob store answers. It is asked at most once a second, and for 0.3 s at most: the
// thread that serves health checks must not wait for a store that hangs. The store must outlive it.
// Thread-safe.
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "blob/blob_store.hpp"

namespace feedctl::media {

class StoreHealth {
 public:
  using Clock = std::chrono::steady_clock;
  explicit StoreHealth(blob::BlobStore& store, std::function<Clock::time_point()> now = Clock::now)
      : store_(store), now_(std::move(now)) {}

  // Why it does not answer, as of the last second; nullopt: it does. May wait for the store.
  std::optional<std::string> problem();

 private:
  std::optional<std::string> ask() const;

  blob::BlobStore& store_;
  const std::function<Clock::time_point()> now_;
  std::mutex mutex_;  // guards what follows; held while the store is asked
  std::optional<Clock::time_point> asked_at_;
  std::optional<std::string> problem_;
};

}  // namespace feedctl::media
