#pragma once
// A fresh database with a signing key, a clock that stands still, and a forger who has the key.
#include <string>

#include "auth/auth.hpp"
#include "support/database_options.hpp"
#include "support/fresh_database.hpp"
#include "token_forger.hpp"

namespace feedctl::test {

struct AuthFixture {
  explicit AuthFixture(auth::Mode mode = auth::Mode::required) : options(make_auth_options(mode)) {
    auth::ensure_signing_key(owner);
  }

  Id add_user(const std::string& handle, const std::string& role = "user") const {
    return std::stoll(fresh.execute("INSERT INTO users (handle, role, shard) VALUES ('" + handle +
                                    "', '" + role + "', 0) RETURNING id"));
  }
  // Of the newest key.
  TokenForger make_forger() const {
    return TokenForger(Secret<std::string>(
        fresh.execute("SELECT jwk FROM signing_keys ORDER BY sign_from DESC LIMIT 1")));
  }

  support::FreshDatabase fresh;
  store::Database owner{database_options(fresh.owner_url())};
  store::Database database{database_options(fresh.url())};
  Time time = from_unix_us(1'800'000'000'000'000);
  auth::Options options;
  auth::Auth auth{options, database};

 private:
  static store::Options database_options(Secret<std::string> url) {
    auto options = support::long_timeouts();
    options.url = std::move(url);
    return options;
  }
  auth::Options make_auth_options(auth::Mode mode) {
    auth::Options made;
    made.mode = mode;
    made.clock = [this] { return time; };
    return made;
  }
};

}  // namespace feedctl::test
