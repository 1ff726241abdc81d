#include "feed/index_load.hpp"

#include <charconv>
#include <future>

#include "feed/definition.hpp"
#include "sql/feed.hpp"

namespace feedctl::feed {

namespace {

constexpr int slice = 20000;
constexpr int older_posts = 101;  // the longest page, and that there is more

}  // namespace

std::vector<Id> ids_of(std::string_view list) {
  std::vector<Id> ids;
  const char* at = list.data();
  const char* const end = at + list.size();
  while (at < end) {
    Id id = 0;
    at = std::from_chars(at, end, id).ptr + 1;  // over the comma
    ids.push_back(id);
  }
  return ids;
}

store::Options load_options(store::Options options) {
  // Where many have just left, statistics may say that nobody has: a loop over them would not end.
  options.settings.emplace_back("enable_nestloop", "off");
  return options;
}

void load_posts(store::Session& session, index::Index& index, Id floor,
                const std::function<void()>& between) {
  // While a slice is put in, the next one is read.
  const auto read = [&session](Id after) {
    return std::async(std::launch::async, [&session, after] {
      return session.run(sql::feed::index_posts, store::params(after, slice));
    });
  };
  for (auto next = read(floor - 1);;) {
    const auto rows = next.get();
    if (rows.empty()) return;
    next = read(rows[rows.size() - 1].integer(0));
    for (const auto row : rows) {
      if (!row.null(1)) index.add(row.integer(0), row.integer(1));
    }
    between();
  }
}

Id floor_for(store::Session& session, Id floor, std::int64_t most) {
  const auto rows = session.run(sql::feed::index_floor, store::params(floor, most));
  return rows.size() == 0 ? floor : rows[0].integer(0) + 1;
}

bool is_nothing_below(store::Session& session, Id floor) {
  const auto rows = session.run(sql::feed::index_oldest);
  return rows.size() == 0 || rows[0].integer(0) >= floor;
}

std::optional<LoadedFollows> load_follows(store::Database& database, Id user) {
  const auto rows = database.read_on_primary(sql::feed::index_follows, store::params(user));
  if (rows.size() == 0) return std::nullopt;
  LoadedFollows loaded;
  loaded.snapshot = events::snapshot_of(rows[0].text(0));
  loaded.follows.followees = ids_of(rows[0].text(1));
  return loaded;
}

void load_older(store::Database& database, Id user, Id floor, LoadedFollows& loaded) {
  const auto read = read_of(
      database.read_on_primary(sql::feed::definition, store::params(user, floor, older_posts + 1)),
      older_posts);
  auto& follows = loaded.follows;
  follows.older.clear();
  for (const auto& post : read.page.posts) follows.older.push_back({post.id, post.author->id});
  follows.whole = !read.page.next;
  loaded.snapshot = read.snapshot;
}

}  // namespace feedctl::feed
