#pragma once
// Where an append is: the row of seed_appends, which moves in the transactions that add its rows.
// Internal to lib/seed; plain functions.
#include <optional>
#include <utility>
#include <vector>

#include "seed/generate.hpp"
#include "store/database.hpp"

namespace feedctl::seed::append_mark {

struct Place {
  int stage = 0;         // users, follows, posts, likes
  std::size_t next = 0;  // the first row of it that is not in
};

struct Mark {
  bool finished = false;
  Shape shape;
  Place place;
};

// By index, the new ids of those whose own was taken.
using Moved = std::vector<std::pair<std::int64_t, Id>>;

std::optional<Mark> find(store::Database& database, std::uint64_t seed);
std::vector<Id> known(store::Database& database, std::uint64_t seed);
// Gives those that had moved their ids again.
void move_again(store::Database& database, Generated& world);

void begin(store::WriteTx& tx, const Generated& world, const Moved& users, const Moved& posts,
           Place at);
// Error(lock_held) where another process has moved it.
void move(store::WriteTx& tx, std::uint64_t seed, Place from, Place to);
void finish(store::Database& database, std::uint64_t seed);

}  // namespace feedctl::seed::append_mark
