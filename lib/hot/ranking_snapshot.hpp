#pragma once
// The ranking at one moment, from which all pages and cursors come. Immutable once it is shared.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"

namespace feedctl::hot {

struct RankedPost {
  Id id;
  std::int64_t score;
  bool operator==(const RankedPost&) const = default;
};

struct RankingSnapshot {
  Time as_of;                // the scores count the 24 hours before it
  std::string log_position;  // the scores count the log up to it
  std::vector<RankedPost> posts;
};
using RankingSnapshotPtr = std::shared_ptr<const RankingSnapshot>;

// The format in the cache begins with a version: parse_snapshot() rejects that of another binary.
std::string serialize(const RankingSnapshot& snapshot);
RankingSnapshotPtr parse_snapshot(std::string_view text);  // nullptr for anything else

}  // namespace feedctl::hot
