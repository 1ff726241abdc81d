#include "feed_index/index_queries.hpp"

#include <charconv>
#include <future>

#include "posts/posts.hpp"
#include "sql/feed.hpp"

namespace feedctl::feed_index {

namespace {

constexpr int rows_per_slice = 20000;
constexpr int max_older_posts = 101;  // the longest page, and one more

}  // namespace

std::vector<Id> parse_ids(std::string_view list) {
  std::vector<Id> ids;
  const char* at = list.data();
  const char* const end = at + list.size();
  while (at < end) {
    Id id = 0;
    at = std::from_chars(at, end, id).ptr + 1;  // skip the comma
    ids.push_back(id);
  }
  return ids;
}

store::Options load_session_options(store::Options options) {
  // After mass deletions stale statistics make the planner choose endless nested loops.
  options.settings.emplace_back("enable_nestloop", "off");
  return options;
}

void load_posts(store::Session& session, FeedIndex& index, Id floor,
                const std::function<void()>& between_slices) {
  // Reads the next slice while this one is added.
  const auto read = [&session](Id after) {
    return std::async(std::launch::async, [&session, after] {
      return session.run(sql::feed::index_posts, store::params(after, rows_per_slice));
    });
  };
  for (auto next = read(floor - 1);;) {
    const auto rows = next.get();
    if (rows.empty()) return;
    next = read(rows[rows.size() - 1].integer(0));
    for (const auto row : rows) {
      if (!row.is_null(1)) index.add(row.integer(0), row.integer(1));
    }
    between_slices();
  }
}

void load_suspended(store::Session& session, FeedIndex& index) {
  for (Id after = 0;;) {
    const auto rows = session.run(sql::feed::index_suspended, store::params(after, rows_per_slice));
    for (const auto row : rows) index.set_suspended(after = row.integer(0), true);
    if (rows.size() < static_cast<std::size_t>(rows_per_slice)) return;
  }
}

void load_hidden(store::Session& session, FeedIndex& index, Id floor) {
  for (Id after = floor - 1;;) {
    const auto rows = session.run(sql::feed::index_hidden, store::params(after, rows_per_slice));
    for (const auto row : rows) {
      after = row.integer(0);
      if (!row.is_null(1)) index.set_hidden(after, row.integer(1), true);
    }
    if (rows.size() < static_cast<std::size_t>(rows_per_slice)) return;
  }
}

Id find_index_floor(store::Session& session, Id floor, std::int64_t max_posts) {
  const auto rows = session.run(sql::feed::index_floor, store::params(floor, max_posts));
  return rows.size() == 0 ? floor : rows[0].integer(0) + 1;
}

bool has_no_posts_below(store::Session& session, Id floor) {
  const auto rows = session.run(sql::feed::index_oldest);
  return rows.size() == 0 || rows[0].integer(0) >= floor;
}

std::optional<LoadedFollows> read_follows(store::Database& database, Id user) {
  const auto rows = database.read_on_primary(sql::feed::index_follows, store::params(user));
  if (rows.size() == 0) return std::nullopt;
  LoadedFollows loaded;
  loaded.snapshot = events::parse_snapshot(rows[0].text(0));
  loaded.follows.followees = parse_ids(rows[0].text(1));
  return loaded;
}

void read_older_posts(store::Database& database, Id user, Id floor, LoadedFollows& loaded) {
  const auto older = posts::to_snapshot_page(
      database.read_on_primary(sql::feed::definition,
                               store::params(user, floor, max_older_posts + 1)),
      max_older_posts);
  auto& follows = loaded.follows;
  follows.older.clear();
  for (const auto& post : older.page.posts) follows.older.push_back({post.id, post.author->id});
  follows.is_complete = !older.page.next;
  loaded.snapshot = older.snapshot;
}

}  // namespace feedctl::feed_index
