#pragma once
// The installation's signing key as this process knows it: read from the database at first use, and
// again when a token names a key that is not known, at most once per `reload_interval`, so that
// strangers cannot make every request a query. Thread-safe.
#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "auth/jws.hpp"
#include "store/database.hpp"

namespace feedctl::auth {

class KeyRing {
 public:
  static constexpr const char* key_name = "jwt_es256";  // in server_keys

  explicit KeyRing(store::Database& database,
                   std::chrono::seconds reload_interval = std::chrono::seconds{60})
      : database_(database), reload_interval_(reload_interval) {}

  // nullptr where no such key is known. Error(unavailable) where the database cannot say.
  std::shared_ptr<const Es256Key> find(const std::string& kid);
  // The key to sign with. Error(config) where `migrate up` has not made one.
  std::shared_ptr<const Es256Key> signing();

 private:
  std::shared_ptr<const Es256Key> known() const;
  std::shared_ptr<const Es256Key> load();

  store::Database& database_;
  const std::chrono::seconds reload_interval_;
  mutable std::mutex mutex_;  // guards key_
  std::shared_ptr<const Es256Key> key_;
  std::mutex loading_;  // one load at a time; guards next_load_
  std::chrono::steady_clock::time_point next_load_{};
};

}  // namespace feedctl::auth
