#pragma once
// A fresh database with a signing key, a clock that stands still, and a forger who has the key.
#include <string>

#include "auth/auth.hpp"
#include "forge.hpp"
#include "store/server_keys.hpp"
#include "support/fresh_database.hpp"

namespace feedctl::test {

struct World {
  explicit World(auth::Mode mode = auth::Mode::required) : options(make(mode)) {
    auth::ensure_signing_key(owner);
  }

  Id add_user(const std::string& handle, const std::string& role = "user") const {
    return std::stoll(fresh.execute("INSERT INTO users (handle, role, shard) VALUES ('" + handle +
                                    "', '" + role + "', 0) RETURNING id"));
  }
  Forger forger() { return Forger(store::load_key(owner, "jwt_es256").value()); }

  support::FreshDatabase fresh;
  store::Database owner{at(fresh.owner_url())};
  store::Database database{at(fresh.url())};
  Time time = from_unix_us(1'800'000'000'000'000);
  auth::Options options;
  auth::Auth auth{options, database};

 private:
  static store::Options at(Secret<std::string> url) {
    store::Options options;
    options.url = std::move(url);
    options.connect_timeout = std::chrono::seconds{30};
    return options;
  }
  auth::Options make(auth::Mode mode) {
    auth::Options made;
    made.mode = mode;
    made.clock = [this] { return time; };
    return made;
  }
};

}  // namespace feedctl::test
