#include "seed/append_checkpoint.hpp"

#include "base/error.hpp"
#include "sql/seed.hpp"

namespace feedctl::seed::append_checkpoint {

namespace {

std::int64_t to_int64(std::size_t n) {
  return static_cast<std::int64_t>(n);
}

std::size_t to_size(const store::Row& row, int column) {
  return static_cast<std::size_t>(row.integer(column));
}

std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>> columns(
    const RenumberedIds& renumbered) {
  std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>> out;
  for (const auto& [index, id] : renumbered) {
    out.first.push_back(index);
    out.second.push_back(id);
  }
  return out;
}

Error concurrent_append_error(std::uint64_t seed) {
  return Error(ErrorCode::lock_held,
               "another process adds the data of seed " + std::to_string(seed))
      .with_hint("wait for it to end");
}

}  // namespace

std::optional<Checkpoint> load(store::Database& database, std::uint64_t seed) {
  const auto rows = database.read(sql::seed::append_find, store::params(to_int64(seed)));
  if (rows.empty()) return std::nullopt;
  const auto row = rows.single_row();
  Checkpoint checkpoint;
  checkpoint.is_finished = row.boolean(0);
  checkpoint.shape = {to_size(row, 1),
                      to_size(row, 2),
                      to_size(row, 3),
                      to_size(row, 4),
                      seed,
                      from_unix_us(row.integer(5))};
  checkpoint.shape.views = to_size(row, 8);
  checkpoint.shape.pages = to_size(row, 9);
  checkpoint.is_compatible = row.integer(10) == generator_version;
  checkpoint.position = {static_cast<int>(row.integer(6)), to_size(row, 7)};
  return checkpoint;
}

std::vector<Id> load_known_users(store::Database& database, std::uint64_t seed) {
  std::vector<Id> ids;
  const auto rows = database.read(sql::seed::append_known, store::params(to_int64(seed)));
  for (const auto row : rows) ids.push_back(row.integer(0));
  return ids;
}

void reapply_renumbering(store::Database& database, GeneratedWorld& world) {
  const auto rows =
      database.read(sql::seed::append_moved, store::params(to_int64(world.shape.seed)));
  for (const auto row : rows) {
    auto& ids = row.integer(0) == 0 ? world.users : world.posts;
    ids.at(to_size(row, 1)) = row.integer(2);
  }
}

void create(store::WriteTx& tx, const GeneratedWorld& world, const RenumberedIds& users,
            const RenumberedIds& posts, Position position) {
  const auto& shape = world.shape;
  const std::vector<std::int64_t> known(
      world.users.begin() + static_cast<std::ptrdiff_t>(shape.users), world.users.end());
  const auto [moved_users, user_ids] = columns(users);
  const auto [moved_posts, post_ids] = columns(posts);
  tx.query(sql::seed::append_begin,
           store::params(to_int64(shape.seed), to_int64(shape.users), to_int64(shape.posts),
                         to_int64(shape.follows), to_int64(shape.likes), unix_us(shape.now), known,
                         moved_users, user_ids, moved_posts, post_ids, position.stage,
                         to_int64(position.next_row), to_int64(shape.views), to_int64(shape.pages),
                         generator_version));
}

void advance(store::WriteTx& tx, std::uint64_t seed, Position from, Position to) {
  const auto moved = tx.query(sql::seed::append_move,
                              store::params(to_int64(seed), from.stage, to_int64(from.next_row),
                                            to.stage, to_int64(to.next_row)));
  if (moved.empty()) throw concurrent_append_error(seed);
}

void finish(store::WriteTx& tx, std::uint64_t seed) {
  const auto finished = tx.query(sql::seed::append_finish, store::params(to_int64(seed)));
  if (finished.empty()) throw concurrent_append_error(seed);
}

}  // namespace feedctl::seed::append_checkpoint
