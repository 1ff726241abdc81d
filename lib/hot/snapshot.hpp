#pragma once
// One ranking as it stood at one moment: what every page and every cursor is cut from. Immutable
// once it is shared.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"

namespace feedctl::hot {

struct Ranked {
  Id id;
  std::int64_t score;
  bool operator==(const Ranked&) const = default;
};

struct Snapshot {
  Time as_of;            // the scores count the 24 hours up to here
  std::string position;  // the log's position that the scores have reached
  std::vector<Ranked> posts;
};
using SnapshotPtr = std::shared_ptr<const Snapshot>;

// Its form in the cache begins with a version: what another binary wrote reads as nothing.
std::string serialize(const Snapshot& snapshot);
SnapshotPtr parse_snapshot(std::string_view text);  // nullptr for anything else

}  // namespace feedctl::hot
