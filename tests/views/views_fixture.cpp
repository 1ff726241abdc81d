#include "views/views_fixture.hpp"

#include <future>
#include <memory>

#include "support/database_options.hpp"
#include "views/postgres_flush_store.hpp"
#include "views/redis_counter_buffer.hpp"

namespace feedctl::test {

using namespace std::chrono_literals;
using views::Reason;
using views::Result;
using views::ViewRecorder;

ViewsFixture::ViewsFixture(const std::string& fsync)
    : server({"--appendonly", "yes", "--appendfsync", fsync}) {
  fresh.execute(
      "INSERT INTO users (id, handle, shard) SELECT n, 'user' || n, 0 FROM generate_series(1, 9) "
      "n");
  fresh.execute(
      "INSERT INTO posts (id, author_id, shard, text) SELECT n, 1, 0, 'x' FROM generate_series(1, "
      "9) n");
  fresh.execute(
      "INSERT INTO contents (id, type, title) SELECT n, 'video', 'v' FROM generate_series(1, 9) n");
}

store::Options ViewsFixture::database_options() const {
  auto options = support::long_timeouts();
  options.url = fresh.url();
  return options;
}

redis::PoolOptions ViewsFixture::redis_options() const {
  redis::PoolOptions options;
  options.url = server.url();
  options.timeout = 10s;
  options.pool_size = 2;
  return options;
}

ViewRecorder::Options ViewsFixture::options() const {
  ViewRecorder::Options options;
  options.redis = redis_options();
  options.max_target_age = 0ms;
  return options;
}

views::FlushReport ViewsFixture::flush(const views::FlushOptions& options) const {
  views::RedisCounterBuffer buffer(redis_options());
  views::PostgresFlushStore store(database);
  return views::Flush(buffer, store, options).run();
}

views::FlushReport ViewsFixture::flush_and_crash() const {
  views::FlushOptions options;
  options.should_stop = [] { return true; };
  return flush(options);
}

std::int64_t ViewsFixture::views_of(Id post) const {
  return number("SELECT coalesce(sum(view_count), 0) FROM post_views WHERE post_id = " +
                std::to_string(post));
}

std::int64_t ViewsFixture::counter_of(Id content) const {
  return number("SELECT counter FROM contents WHERE id = " + std::to_string(content));
}

void ViewsFixture::close_database() const {
  fresh.execute("ALTER DATABASE " + fresh.name() + " CONNECTION LIMIT 0");
  fresh.execute(
      "SELECT count(pg_terminate_backend(pid, 30000)) FROM pg_stat_activity WHERE datname = "
      "current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'");
}

void ViewsFixture::open_database() const {
  fresh.execute("ALTER DATABASE " + fresh.name() + " CONNECTION LIMIT -1");
}

ViewRecorder::Outcome outcome_of(ViewRecorder& recorder, Id user, std::vector<Id> posts,
                                 bool is_bot) {
  const auto promise = std::make_shared<std::promise<ViewRecorder::Outcome>>();
  recorder.submit(user, std::move(posts), is_bot, [promise](ViewRecorder::Outcome outcome) {
    promise->set_value(std::move(outcome));
  });
  return promise->get_future().get();
}

std::vector<Result> record(ViewRecorder& recorder, Id user, std::vector<Id> posts, bool is_bot) {
  auto outcome = outcome_of(recorder, user, std::move(posts), is_bot);
  if (const auto* error = std::get_if<Error>(&outcome)) throw *error;
  return std::get<std::vector<Result>>(std::move(outcome));
}

void add_impressions(const ViewsFixture& fixture, Id content, int count, const std::string& label) {
  fixture.cli("SADD views:labels " + label);
  fixture.cli("HINCRBY views:counter:" + label + " " + std::to_string(content) + " " +
              std::to_string(count));
}

Result record_one(ViewRecorder& recorder, Id user, Id post) {
  return record(recorder, user, {post}).at(0);
}

std::string described(const Result& result) {
  const auto views = ' ' + std::to_string(result.views);
  switch (result.reason) {
    case Reason::none:
      return "counted" + views;
    case Reason::author:
      return "author" + views;
    case Reason::repeated:
      return "repeated" + views;
    case Reason::bot:
      return "bot" + views;
    case Reason::not_found:
      return "not found" + views;
    case Reason::unavailable:
      return "unavailable" + views;
  }
  return "";
}

std::string described(const std::vector<Result>& results) {
  std::string text;
  for (const auto& result : results) text += (text.empty() ? "" : ", ") + described(result);
  return text;
}

}  // namespace feedctl::test
