#pragma once
// One flush at a time in a database. The lock only saves work: flushes that run together count
// every view once.
#include <optional>

#include "store/database.hpp"

namespace feedctl::views {

// Takes the lock for one run after the other, over a session of its own. One thread at a time.
class FlushLock {
 public:
  explicit FlushLock(store::Options options) : options_(std::move(options)) {}

  // False: another process holds it. Throws as store::Session does.
  bool try_acquire();
  // The end of the session releases it, too.
  void release() noexcept;

 private:
  store::Options options_;
  std::optional<store::Session> session_;
};

}  // namespace feedctl::views
