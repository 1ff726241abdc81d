#pragma once
// What `feedctl migrate up` does beyond the schema of a FreshDatabase: the keys of an installation.
#include "support/catch.hpp"
#include "support/fresh_database.hpp"
#include "support/process.hpp"

namespace feedctl::support {

inline void migrate_up(const FreshDatabase& database) {
  RunOptions options;
  options.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(),
                         "FEEDCTL_DATABASE_OWNER_URL=" + database.owner_url().reveal(),
                         "FEEDCTL_CONFIG"};
  const auto migrated = run_feedctl({"migrate", "up"}, options);
  INFO(migrated.err);
  REQUIRE(migrated.exit_code == 0);
}

}  // namespace feedctl::support
