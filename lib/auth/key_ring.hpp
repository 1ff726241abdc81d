#pragma once
// The cached signing keys of the installation. Reads them from the database at first use, again
// when a token names an unknown key, at most once per `reload_interval`, and by reload(). So
// strangers cannot make every request a query. After a first read that fails, the next one waits
// for `retry_interval`: requests do not queue up for a database that is away. Thread-safe.
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "auth/key_set.hpp"
#include "store/database.hpp"

namespace feedctl::auth {

class KeyRing {
 public:
  struct Options {
    std::function<Time()> clock = now;
    // Called after a key has ended.
    std::function<void()> on_end = [] {};
    std::chrono::seconds reload_interval{60};
    std::chrono::milliseconds retry_interval{200};
  };
  KeyRing(store::Database& database, Options options)
      : database_(database), options_(std::move(options)) {}

  // The key that verifies the tokens with this kid; nullptr: there is none. Error(unavailable) if
  // the database does not answer.
  std::shared_ptr<const Es256Key> find(const std::string& kid);
  // Error(config) if `migrate up` has not made a key.
  std::shared_ptr<const Es256Key> signing_key();
  std::string jwks_json();
  // Reads all keys now. Keeps those it has where the database does not answer.
  void reload();

 private:
  std::shared_ptr<const KeySet> cached() const;
  std::shared_ptr<const KeySet> cached_or_load();
  std::shared_ptr<const KeySet> load();
  std::shared_ptr<const KeySet> load_first();

  store::Database& database_;
  const Options options_;
  mutable std::mutex mutex_;  // guards keys_
  std::shared_ptr<const KeySet> keys_;
  std::mutex load_mutex_;  // one load at a time; guards the times
  std::chrono::steady_clock::time_point next_load_{}, next_first_load_{};
};

}  // namespace feedctl::auth
