#pragma once
// Views over a database and a Redis of the test's own, which keeps every write. There are users 1
// to 9, posts 1 to 9, all by user 1, and contents 1 to 9 of type video. Not thread-safe.
#include <string>
#include <vector>

#include "redis/pool_options.hpp"
#include "support/fresh_database.hpp"
#include "support/redis_server.hpp"
#include "views/flush.hpp"
#include "views/postgres_flush_store.hpp"
#include "views/redis_counter_buffer.hpp"
#include "views/view_recorder.hpp"

namespace feedctl::test {

struct ViewsFixture {
  // With "everysec" a batch of impressions waits for three seconds, with "always" it does not.
  explicit ViewsFixture(const std::string& fsync = "always");

  store::Options database_options() const;
  // Of the Redis, with a time-out that no busy machine comes to.
  redis::PoolOptions redis_options() const;
  // The same, for a recorder that knows posts and users as PostgreSQL has them now.
  views::ViewRecorder::Options options() const;

  // One run of a new flush, which waits for the horizon.
  views::FlushReport flush(const views::FlushOptions& options = {}) const;
  // A run that ends, as a killed one does, once it has rotated the counters.
  views::FlushReport flush_and_crash() const;

  // Of Redis.
  std::string cli(const std::string& command) const { return server.cli(command); }
  int pending_views() const { return std::stoi(cli("LLEN views:pending")) / 3; }
  std::string batches() const { return cli("ZRANGE views:batches 0 -1"); }
  // Of PostgreSQL. A post without a row has no views.
  std::int64_t views_of(Id post) const;
  std::int64_t counter_of(Id content) const;
  std::int64_t number(const std::string& sql) const { return std::stoll(fresh.execute(sql)); }

  // Without an end of the database's superuser sessions.
  void close_database() const;
  void open_database() const;

  support::FreshDatabase fresh;
  RedisServer server;
  mutable store::Database database{database_options()};
};

// A flush that lives on, as that of a daemon.
struct Flushing {
  Flushing(const ViewsFixture& fixture, const views::FlushOptions& options)
      : buffer(fixture.redis_options()), store(fixture.database), flush(buffer, store, options) {}
  views::RedisCounterBuffer buffer;
  views::PostgresFlushStore store;
  views::Flush flush;
};

// As `serve` does, with the label among those that are known.
void add_impressions(const ViewsFixture& fixture, Id content, int count,
                     const std::string& label = "pages.videocontent");

// What the recorder makes of the request.
views::ViewRecorder::Outcome outcome_of(views::ViewRecorder& recorder, Id user,
                                        std::vector<Id> posts, bool is_bot = false);
// The same; throws the error.
std::vector<views::Result> record(views::ViewRecorder& recorder, Id user, std::vector<Id> posts,
                                  bool is_bot = false);
views::Result record_one(views::ViewRecorder& recorder, Id user, Id post);

// "counted 3", "repeated 3": the reason and the number of views.
std::string described(const views::Result& result);
std::string described(const std::vector<views::Result>& results);

}  // namespace feedctl::test
