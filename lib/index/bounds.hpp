#pragma once
// Where the floor of an index is to lie: above posts that are too old, and above the oldest where
// there are too many. The age goes by this host's clock, which may be wrong for a while, so the
// newest post known bounds it, and a floor that turns out to be too high is told. One thread.
#include <chrono>
#include <cstddef>
#include <optional>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "index/index.hpp"

namespace feedctl::index {

class Bounds {
 public:
  Bounds(std::chrono::hours age, std::size_t most_posts) : age_(age), most_posts_(most_posts) {}

  // The lowest post that is young enough.
  Id oldest(Time now) const { return make_id(now - age_, 0, 0); }
  std::size_t most_posts() const { return most_posts_; }

  // A load begins at `floor`, which its age alone would have put at `oldest`.
  void begin(Id oldest, Id floor);
  // Where the index's floor is to be raised to, if it is. Seldom, however often one asks: in steps
  // of an hour, or of a tenth of the posts.
  std::optional<Id> raised(const Index& index, Time now);
  // The clock was ahead when it decided where the floor lies: what memory lacks is to be loaded.
  bool too_high(Time now) const;

 private:
  const std::chrono::hours age_;
  const std::size_t most_posts_;
  Id floor_ = 0;
  Id by_age_ = 0;  // the highest floor that the clock has asked for
};

}  // namespace feedctl::index
