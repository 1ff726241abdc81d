#include "support/app/feed_fixture.hpp"

#include "jobs/runner_state.hpp"
#include "support/catch.hpp"

namespace feedctl::test {

Id FeedFixture::add_post_with_age(Id author, const std::string& ago) {
  const auto by = std::to_string(author);
  return std::stoll(
      app.sql("WITH p AS (INSERT INTO posts (id, author_id, shard, created_at) SELECT "
              "feedctl_id_at(now() - "
              "interval '" +
              ago + "') + nextval('id_sequence') % 4096, " + by + ", feedctl_shard(" + by +
              "), now() - interval '" + ago +
              "' RETURNING id), l AS (INSERT INTO post_likes (post_id) SELECT id FROM p), e AS "
              "(INSERT INTO "
              "events (type, shard, actor, object) SELECT 5, feedctl_shard(" +
              by + "), " + by + ", id FROM p) SELECT id FROM p"));
}

Id FeedFixture::add_materialized_user() {
  const auto user = app.add_user();
  app.sql("INSERT INTO feed_state (user_id, state) VALUES (" + std::to_string(user) + ", 2)");
  return user;
}

std::vector<events::Event> FeedFixture::take_events() {
  static constexpr store::Query log{
      "test/log",
      "SELECT xid, id, type, shard, actor, object FROM events WHERE id > $1 ORDER BY id"};
  std::vector<events::Event> events;
  for (const auto row : app.database.read(log, store::params(taken_))) {
    events::Event event;
    event.xid = static_cast<events::TransactionId>(row.integer(0));
    event.id = row.integer(1);
    event.type = static_cast<events::Type>(row.integer(2));
    event.shard = static_cast<int>(row.integer(3));
    event.actor = row.integer(4);
    event.object = row.integer(5);
    taken_ = event.id;
    events.push_back(event);
  }
  return events;
}

void FeedFixture::handle_events(const std::vector<events::Event>& events) {
  events::UnitOfWork unit(app.database.write());
  handle_(unit, events);
  invalidation_handler_(unit, events);
  unit.commit();
}

bool FeedFixture::run_one_job() {
  for (const auto lane : {jobs::Priority::interactive, jobs::Priority::bulk, jobs::Priority::low}) {
    jobs::RunnerState state;
    if (jobs::run_one(app.database, lane, kinds_, state)) {
      REQUIRE(app.count("jobs WHERE error IS NOT NULL") == 0);
      return true;
    }
  }
  return false;
}

int FeedFixture::state(Id user) {
  return std::stoi(app.sql("SELECT coalesce((SELECT state FROM feed_state WHERE user_id = " +
                           std::to_string(user) + "), -1)"));
}

std::set<std::pair<Id, Id>> FeedFixture::pairs(const char* sql) {
  std::set<std::pair<Id, Id>> pairs;
  for (const auto row : app.database.read({"test/pairs", sql})) {
    pairs.insert({row.integer(0), row.integer(1)});
  }
  return pairs;
}

std::set<Id> FeedFixture::rows_of(Id user) {
  std::set<Id> posts;
  for (const auto& [reader, post] : rows()) {
    if (reader == user) posts.insert(post);
  }
  return posts;
}

std::vector<Id> FeedFixture::expected_feed(Id user, int limit) {
  return ids_of(feed::query_feed(app.database, user, posts::max_id, limit).page);
}

std::optional<std::vector<Id>> FeedFixture::materialized_feed(Id user, int limit) {
  const auto rows = feed_materialized::read_materialized(app.database, user, limit);
  if (!rows.page) return std::nullopt;
  return ids_of(rows.page->page);
}

}  // namespace feedctl::test
