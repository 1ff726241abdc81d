#include "world.hpp"

#include "support/catch.hpp"

namespace feedctl::test {

Id World::post_before(Id author, const std::string& ago) {
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

Id World::reader() {
  const auto user = app.add_user();
  app.sql("INSERT INTO feed_state (user_id, state) VALUES (" + std::to_string(user) + ", 2)");
  return user;
}

std::vector<events::Event> World::take() {
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

void World::handle(const std::vector<events::Event>& events) {
  events::Unit unit(app.database.write());
  handle_(unit, events);
  drop_(unit, events);
  unit.commit();
}

bool World::work() {
  for (const auto lane : {jobs::Lane::interactive, jobs::Lane::bulk, jobs::Lane::low}) {
    if (jobs::run_one(app.database, lane, kinds_)) {
      REQUIRE(app.count("jobs WHERE error IS NOT NULL") == 0);
      return true;
    }
  }
  return false;
}

int World::state(Id user) {
  return std::stoi(app.sql("SELECT coalesce((SELECT state FROM feed_state WHERE user_id = " +
                           std::to_string(user) + "), -1)"));
}

std::set<std::pair<Id, Id>> World::pairs(const char* sql) {
  std::set<std::pair<Id, Id>> pairs;
  for (const auto row : app.database.read({"test/pairs", sql})) {
    pairs.insert({row.integer(0), row.integer(1)});
  }
  return pairs;
}

std::set<Id> World::rows_of(Id user) {
  std::set<Id> posts;
  for (const auto& [reader, post] : rows()) {
    if (reader == user) posts.insert(post);
  }
  return posts;
}

std::vector<Id> World::defined(Id user, int limit) {
  return ids_of(feed::read_definition(app.database, user, posts::newest, limit));
}

std::optional<std::vector<Id>> World::from_rows(Id user, int limit) {
  const auto rows = feed::read_rows(app.database, user, limit);
  if (!rows.read) return std::nullopt;
  return ids_of(rows.read->page);
}

}  // namespace feedctl::test
