#pragma once
// Impressions over a database with contents 1 to 9, all of type video, and a Redis of the test's
// own.
#include <string>

#include "support/fresh_database.hpp"
#include "support/redis_server.hpp"
#include "views/impression_recorder.hpp"

namespace feedctl::test {

inline constexpr const char* video = "pages.videocontent";

struct ImpressionsFixture {
  ImpressionsFixture();

  store::Options database_options() const;
  // Of the Redis, with a time-out that no busy machine comes to.
  redis::PoolOptions redis_options() const;
  // The same, for a recorder that sends all the time and never goes to PostgreSQL instead.
  views::ImpressionRecorder::Options options() const;

  std::int64_t in_redis(Id content, const std::string& label = video) const;
  std::int64_t in_database(Id content) const;
  std::int64_t everywhere(Id content) const { return in_redis(content) + in_database(content); }

  support::FreshDatabase fresh;
  RedisServer server;
  store::Database database{database_options()};
};

// Of the whole test program: compare with an earlier value.
double recorded(const std::string& store);
double dropped(const std::string& reason);
double pending();
double redis_failures();

}  // namespace feedctl::test
