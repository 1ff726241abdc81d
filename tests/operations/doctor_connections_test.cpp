#include "operations/doctor_connections.hpp"

#include "support/catch.hpp"

using namespace feedctl;

TEST_CASE("doctor counts the connections that serve opens beside its pool") {
  config::Config config;
  config.database.pool_size = 3;
  config.feed.index = false;
  // Likes, unlikes, follows and unfollows, and the revocations of tokens.
  CHECK(operations::max_connections_of_serve(config) == 3 + 4 + 1);
  config.feed.index = true;
  CHECK(operations::max_connections_of_serve(config) == 3 + 4 + 1 + 2);
}
