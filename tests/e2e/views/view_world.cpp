#include "e2e/views/view_world.hpp"

#include <future>
#include <sstream>
#include <variant>

#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/json.hpp"
#include "views/postgres_flush_store.hpp"
#include "views/redis_counter_buffer.hpp"

namespace feedctl::test {

using namespace std::chrono_literals;
using support::integer_in;

namespace {

constexpr Id author = 1'000'000'000;

std::vector<std::string> redis_settings(const std::string& fsync) {
  return {"--appendonly", "yes", "--appendfsync", fsync};
}

std::string to_text(const std::map<Id, std::int64_t>& counts) {
  std::string text;
  for (const auto& [id, count] : counts)
    text += (text.empty() ? "" : " ") + std::to_string(id) + ":" + std::to_string(count);
  return text;
}

std::string ids_of(const std::map<Id, std::int64_t>& counts) {
  std::string text;
  for (const auto& [id, count] : counts) text += (text.empty() ? "" : ",") + std::to_string(id);
  return text;
}

}  // namespace

ViewWorld::ViewWorld(std::string database_url, Execute execute, int user_count,
                     const std::string& fsync)
    : redis(redis_settings(fsync)), url_(std::move(database_url)), execute_(std::move(execute)) {
  execute_("INSERT INTO users (id, handle, shard) SELECT n, 'u' || n, 0 FROM generate_series(1, " +
           std::to_string(user_count) + ") n");
  execute_("INSERT INTO users (id, handle, shard) VALUES (" + std::to_string(author) +
           ", 'author', 0)");
  for (Id user = 1; user <= user_count; ++user) users.push_back(user);
  execute_(
      "INSERT INTO contents (id, type, title) SELECT n, CASE WHEN n < 10 THEN 'video' ELSE 'audio' "
      "END, 'c' FROM generate_series(1, 12) n");
  execute_("INSERT INTO pages (id, title, state) VALUES (1, 'p', 'published')");
  execute_(
      "INSERT INTO page_contents (page_id, content_id, position) SELECT 1, n, n FROM "
      "unnest('{1,2,3,10}'::bigint[]) n");
}

ViewWorld::ViewWorld(const support::FreshDatabase& database, int user_count,
                     const std::string& fsync)
    : ViewWorld(
          database.url().reveal(),
          [&database](const std::string& sql) { return database.execute(sql); }, user_count,
          fsync) {}

std::vector<Id> ViewWorld::add_posts(int count) {
  const auto first = next_post_;
  next_post_ += count;
  execute_("INSERT INTO posts (id, author_id, shard, text) SELECT n, " + std::to_string(author) +
           ", 0, 'p' FROM generate_series(" + std::to_string(first) + ", " +
           std::to_string(next_post_ - 1) + ") n");
  std::vector<Id> posts;
  for (auto post = first; post < next_post_; ++post) posts.push_back(post);
  return posts;
}

std::int64_t ViewWorld::number(const std::string& sql) const {
  return std::stoll(execute_(sql));
}

store::Options ViewWorld::database_options() const {
  store::Options options;
  options.url = Secret<std::string>(url_);
  options.connect_timeout = 30s;
  options.pool_wait = 30s;
  options.statement_timeout = 120s;
  options.lock_timeout = 30s;
  options.pool_size = 2;
  return options;
}

redis::PoolOptions ViewWorld::redis_options() const {
  redis::PoolOptions options;
  options.url = redis.url();
  options.timeout = 30s;
  options.pool_size = 2;
  return options;
}

support::RunOptions ViewWorld::run_options(std::vector<std::string> more) const {
  support::RunOptions options;
  options.environment = {"FEEDCTL_CONFIG", "FEEDCTL_DATABASE_URL=" + url_,
                         "FEEDCTL_REDIS_URL=" + redis.url()};
  options.environment.insert(options.environment.end(), more.begin(), more.end());
  return options;
}

support::Settings ViewWorld::serve_settings() const {
  return {{"redis.url", redis.url()},
          {"redis.timeout", "10s"},
          {"feed.index", "off"},
          {"feed.materialize", "off"}};
}

FlushResult ViewWorld::flush(const std::vector<std::string>& environment,
                             const std::vector<std::string>& arguments) const {
  std::vector<std::string> words{"flush-views", "-o", "json"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  const auto done = support::run_feedctl(words, run_options(environment));
  FlushResult result{done.exit_code, done.err, {}};
  if (done.exit_code == 0) result.report = json::parse(done.out);
  return result;
}

json::Value ViewWorld::flush_until_empty(const std::vector<std::string>& arguments) {
  FlushResult last;
  REQUIRE(support::eventually([&] {
    const auto before = totals();
    last = flush({}, arguments);
    if (last.exit_code != 0) return false;  // e.g. the server has not yet ended a killed session
    check_report(last.report, before);
    return is_redis_empty();
  }));
  return last.report;
}

void ViewWorld::check_report(const json::Value& report, const Totals& before) const {
  const auto after = totals();
  CHECK(integer_in(report, "views") == after.views - before.views);
  CHECK(integer_in(report, "impressions") == after.impressions - before.impressions);
  CHECK(integer_in(report, "failed") == 0);
  CHECK(integer_in(report, "waiting") == 0);
  CHECK(integer_in(report, "expired") == 0);
  CHECK(integer_in(report, "orphaned") == 0);
}

bool ViewWorld::is_redis_empty() const {
  return redis.cli("EXISTS views:pending views:batches views:counter:" + std::string(video_label) +
                   " views:counter:" + audio_label) == "0";
}

Totals ViewWorld::totals() const {
  return {number("SELECT count(*) FROM post_view_seen"),
          number("SELECT coalesce(sum(counter), 0) FROM contents")};
}

std::set<PostUser> ViewWorld::seen_views() const {
  std::istringstream rows(
      execute_("SELECT string_agg(post_id || ' ' || user_id, ' ') FROM post_view_seen"));
  std::set<PostUser> seen;
  for (PostUser view; rows >> view.first >> view.second;) seen.insert(view);
  return seen;
}

void ViewWorld::end_day(const std::vector<Id>& posts) const {
  std::string names;
  for (const auto post : posts) names += " post:" + std::to_string(post) + ":views";
  redis.cli("DEL" + names);
}

void ViewWorld::forget_epoch() const {
  REQUIRE(is_redis_empty());
  execute_("DELETE FROM view_epoch");
  redis.cli("DEL views:epoch views:sequence views:server");
}

void ViewWorld::check_consistent() const {
  CHECK(number("SELECT count(*) FROM post_views v WHERE view_count <> base + (SELECT count(*) FROM "
               "post_view_seen s WHERE s.post_id = v.post_id)") == 0);
  CHECK(number("SELECT count(*) FROM post_view_seen s WHERE NOT EXISTS (SELECT FROM post_views v "
               "WHERE v.post_id = s.post_id)") == 0);
  CHECK(number("WITH told AS (SELECT view_deltas[i] AS post, sum(view_deltas[i + 1]) AS n FROM "
               "events, generate_series(1, cardinality(view_deltas), 2) i WHERE type = 13 "
               "GROUP BY 1) SELECT count(*) FROM post_views v LEFT JOIN told t ON t.post = "
               "v.post_id WHERE v.view_count <> coalesce(t.n, 0)") == 0);
  const auto verified = support::run_feedctl({"verify", "--invariant", "I5"}, run_options());
  INFO(verified.out + verified.err);
  CHECK(verified.exit_code == 0);
}

void ViewWorld::check_views(const std::map<Id, std::int64_t>& expected) const {
  CHECK(execute_("SELECT coalesce(string_agg(post_id || ':' || view_count, ' ' ORDER BY post_id), "
                 "'') FROM post_views WHERE post_id IN (" +
                 ids_of(expected) + ")") == to_text(expected));
}

void ViewWorld::check_impressions(const std::map<Id, std::int64_t>& expected) const {
  CHECK(execute_("SELECT coalesce(string_agg(id || ':' || counter, ' ' ORDER BY id), '') FROM "
                 "contents WHERE id IN (" +
                 ids_of(expected) + ")") == to_text(expected));
}

std::vector<views::Result> record(views::ViewRecorder& recorder, Id user, std::vector<Id> posts) {
  std::promise<views::ViewRecorder::Outcome> promise;
  recorder.submit(user, std::move(posts), false, [&](views::ViewRecorder::Outcome outcome) {
    promise.set_value(std::move(outcome));
  });
  auto outcome = promise.get_future().get();
  if (const auto* error = std::get_if<Error>(&outcome)) throw *error;
  return std::get<std::vector<views::Result>>(std::move(outcome));
}

void send_impressions(views::ImpressionSender& sender, const std::string& label,
                      std::vector<views::Impressions> counts) {
  static int batches = 0;
  views::ImpressionBatch batch{"test-" + std::to_string(++batches), label, std::move(counts)};
  REQUIRE(support::eventually([&] {
    return sender.ingest_impressions(batch, true) == views::ImpressionSender::Outcome::counted;
  }));
}

views::FlushReport flush_here(const ViewWorld& world) {
  store::Database database(world.database_options());
  views::PostgresFlushStore store(database);
  views::RedisCounterBuffer buffer(world.redis_options());
  return views::Flush(buffer, store, {}).run();
}

}  // namespace feedctl::test
