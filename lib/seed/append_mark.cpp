#include "seed/append_mark.hpp"

#include "base/error.hpp"
#include "sql/seed.hpp"

namespace feedctl::seed::append_mark {

namespace {

std::int64_t number(std::size_t n) {
  return static_cast<std::int64_t>(n);
}

std::size_t size(const store::Row& row, int column) {
  return static_cast<std::size_t>(row.integer(column));
}

std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>> columns(const Moved& moved) {
  std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>> out;
  for (const auto& [index, id] : moved) {
    out.first.push_back(index);
    out.second.push_back(id);
  }
  return out;
}

}  // namespace

std::optional<Mark> find(store::Database& database, std::uint64_t seed) {
  const auto rows = database.read(sql::seed::append_find, store::params(number(seed)));
  if (rows.empty()) return std::nullopt;
  const auto row = rows.only();
  Mark mark;
  mark.finished = row.boolean(0);
  mark.shape = {size(row, 1), size(row, 2), size(row, 3),
                size(row, 4), seed,         from_unix_us(row.integer(5))};
  mark.place = {static_cast<int>(row.integer(6)), size(row, 7)};
  return mark;
}

std::vector<Id> known(store::Database& database, std::uint64_t seed) {
  std::vector<Id> ids;
  const auto rows = database.read(sql::seed::append_known, store::params(number(seed)));
  for (const auto row : rows) ids.push_back(row.integer(0));
  return ids;
}

void move_again(store::Database& database, Generated& world) {
  const auto rows = database.read(sql::seed::append_moved, store::params(number(world.shape.seed)));
  for (const auto row : rows) {
    auto& ids = row.integer(0) == 0 ? world.users : world.posts;
    ids.at(size(row, 1)) = row.integer(2);
  }
}

void begin(store::WriteTx& tx, const Generated& world, const Moved& users, const Moved& posts,
           Place at) {
  const auto& shape = world.shape;
  const std::vector<std::int64_t> known(
      world.users.begin() + static_cast<std::ptrdiff_t>(shape.users), world.users.end());
  const auto [moved_users, user_ids] = columns(users);
  const auto [moved_posts, post_ids] = columns(posts);
  tx.query(sql::seed::append_begin,
           store::params(number(shape.seed), number(shape.users), number(shape.posts),
                         number(shape.follows), number(shape.likes), unix_us(shape.now), known,
                         moved_users, user_ids, moved_posts, post_ids, at.stage, number(at.next)));
}

void move(store::WriteTx& tx, std::uint64_t seed, Place from, Place to) {
  const auto moved = tx.query(
      sql::seed::append_move,
      store::params(number(seed), from.stage, number(from.next), to.stage, number(to.next)));
  if (!moved.empty()) return;
  throw Error(ErrorCode::lock_held,
              "another process adds the world of seed " + std::to_string(seed))
      .with_hint("wait for it to end");
}

void finish(store::Database& database, std::uint64_t seed) {
  database.command(sql::seed::append_finish, store::params(number(seed)));
}

}  // namespace feedctl::seed::append_mark
