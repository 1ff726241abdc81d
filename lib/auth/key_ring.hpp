#pragma once
// The cached signing key of the installation. Reads it from the database at first use, and again
// when a token names an unknown key, at most once per `reload_interval`: strangers cannot make
// every request a query. Thread-safe.
#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "auth/es256_key.hpp"
#include "store/database.hpp"

namespace feedctl::auth {

class KeyRing {
 public:
  static constexpr const char* key_name = "jwt_es256";  // in server_keys

  explicit KeyRing(store::Database& database,
                   std::chrono::seconds reload_interval = std::chrono::seconds{60})
      : database_(database), reload_interval_(reload_interval) {}

  // nullptr: no such key. Error(unavailable) if the database does not answer.
  std::shared_ptr<const Es256Key> find(const std::string& kid);
  // Error(config) if `migrate up` has not made a key.
  std::shared_ptr<const Es256Key> signing_key();

 private:
  std::shared_ptr<const Es256Key> cached() const;
  std::shared_ptr<const Es256Key> load();

  store::Database& database_;
  const std::chrono::seconds reload_interval_;
  mutable std::mutex mutex_;  // guards key_
  std::shared_ptr<const Es256Key> key_;
  std::mutex load_mutex_;  // one load at a time; guards next_load_
  std::chrono::steady_clock::time_point next_load_{};
};

}  // namespace feedctl::auth
