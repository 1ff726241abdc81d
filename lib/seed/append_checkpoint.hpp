#pragma once
// Checkpoint of an append: its row of the table seed_appends.
//
// The transactions that add rows move it, so it is exact after a crash. Internal to lib/seed. Plain
// functions; SQL errors pass through.
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "seed/generated_world.hpp"
#include "store/database.hpp"

namespace feedctl::seed::append_checkpoint {

struct Position {
  int stage = 0;             // users, follows, posts, likes
  std::size_t next_row = 0;  // first row of the stage that is missing
};

struct Checkpoint {
  bool is_finished = false;
  bool is_compatible = true;  // this version makes the same world of the shape
  Shape shape;
  Position position;
};

// (index, new id) of each item whose generated id was taken.
using RenumberedIds = std::vector<std::pair<std::int64_t, Id>>;

std::optional<Checkpoint> load(store::Database& database, std::uint64_t seed);
std::vector<Id> load_known_users(store::Database& database, std::uint64_t seed);
// Sets the replaced ids of earlier runs.
void reapply_renumbering(store::Database& database, GeneratedWorld& world);

void create(store::WriteTx& tx, const GeneratedWorld& world, const RenumberedIds& users,
            const RenumberedIds& posts, Position position);
// Both: Error(lock_held) if another process has moved or finished it.
void advance(store::WriteTx& tx, std::uint64_t seed, Position from, Position to);
void finish(store::WriteTx& tx, std::uint64_t seed);

}  // namespace feedctl::seed::append_checkpoint
