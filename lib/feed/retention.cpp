#include "feed/retention.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "sql/feed.hpp"

namespace feedctl::feed {

namespace {

constexpr std::int64_t rows_a_part = 4'000'000;
constexpr Id hour = Id{3'600'000} << 12;
constexpr Id shortest = hour, longest = 30 * 24 * hour;
constexpr std::size_t parts_ahead = 2;

struct World {
  std::vector<Part> parts;
  Id now = 0;
  std::optional<Id> oldest_wanted;  // where there is a time to go by
};

// Something between the first part and the last one, or all of it, is nobody's.
bool have_gap(const std::vector<Part>& parts) {
  return parts.empty() ||
         std::adjacent_find(parts.begin(), parts.end(), [](const Part& part, const Part& next) {
           return part.upto != next.from;
         }) != parts.end();
}

World look_once(store::Database& database, int days, std::optional<Time> now) {
  World world;
  for (const auto row : database.read(sql::feed::parts, store::params(days, now))) {
    world.parts.push_back({row.integer(0), row.integer(1), row.integer(2)});
    world.now = row.integer(3);
    world.oldest_wanted = row.maybe_integer(4);
  }
  return world;
}

World look(store::Database& database, int days, std::optional<Time> now) {
  auto world = look_once(database, days, now);
  if (!have_gap(world.parts)) return world;
  database.command(sql::feed::fill_parts);
  world = look_once(database, days, now);
  if (world.parts.empty()) throw Error(ErrorCode::failed, "user_feed has no parts");
  return world;
}

// Ids that so many rows take, by the newest part with rows, of which `now` may have seen a piece.
Id length_of_next(const std::vector<Part>& parts, Id now) {
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    if (part->rows == 0 || part->from >= now) continue;
    const auto seen = static_cast<double>(std::min(part->upto, now) - part->from);
    const auto length = seen / static_cast<double>(part->rows) * rows_a_part;
    return length < static_cast<double>(longest) ? std::max(static_cast<Id>(length), shortest)
                                                 : longest;
  }
  return longest;
}

// Emptied by one transaction, dropped by the next.
bool retire(store::Database& database) {
  try {
    auto done = database.command(sql::feed::retire_part);
    if (!done.only().null(0) && done.only().text(0).empty())
      done = database.command(sql::feed::retire_part);
    return !done.only().null(0) && !done.only().text(0).empty();
  } catch (const store::SqlError& error) {
    if (error.sqlstate() != "55P03") throw;
    log::debug("a part of user_feed is retired later", {{"detail", error.what()}});
    return false;
  }
}

}  // namespace

std::vector<Part> parts_to_add(const std::vector<Part>& parts, Id now) {
  auto ahead = static_cast<std::size_t>(std::count_if(
      parts.begin(), parts.end(), [now](const Part& part) { return part.from > now; }));
  const auto length = length_of_next(parts, now);
  std::vector<Part> added;
  auto from = parts.back().upto;
  if (now - from > longest) {
    added.push_back({from, now, 0});
    from = now;
  }
  for (; ahead < parts_ahead; from += length) {
    added.push_back({from, from + length, 0});
    if (from > now) ++ahead;
  }
  return added;
}

Kept keep_parts(store::Database& database, const Options& options, std::optional<Time> now) {
  const int days = options.settings.rows_days;
  const auto world = look(database, days, now);
  Kept kept;
  for (const auto& part : parts_to_add(world.parts, world.now)) {
    const auto made = database.command(sql::feed::make_part, store::params(part.from, part.upto));
    // Another process laid it, and maybe of another length: what follows would leave a gap.
    if (!made.only().boolean(0)) break;
    ++kept.made;
  }
  if (!world.oldest_wanted) return kept;
  const auto oldest = std::find_if(world.parts.begin(), world.parts.end(), [&](const Part& part) {
    return part.upto > *world.oldest_wanted;
  });
  if (oldest != world.parts.end()) {
    kept.raised =
        database.command(sql::feed::raise_floor, store::params(oldest->from, days)).affected() > 0;
  }
  kept.retired = retire(database);
  return kept;
}

}  // namespace feedctl::feed
