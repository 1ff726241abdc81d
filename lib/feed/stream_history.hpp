#pragma once
// What open pages were told lately, for those who come back: in rounds, at most so many pieces of
// news. Not thread-safe.
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <unordered_set>
#include <utility>
#include <vector>

#include "events/events.hpp"
#include "events/place.hpp"

namespace feedctl::feed {

class StreamHistory {
 public:
  // What happened to a post, or to all posts of an author who has left.
  struct News {
    events::TransactionId xid;
    std::int64_t event;
    events::Type type;
    Id author, post;
  };
  struct Missed {
    struct Round {
      events::Snapshot before;
      std::optional<events::Snapshot> upto;  // nullopt: it is the newest
      std::vector<News> news;
    };
    std::vector<Round> rounds;
    bool reload = false;  // what was missed is not known, or too much
  };

  explicit StreamHistory(std::size_t most) : most_(most) {}

  void clear();
  // What happens from `position` on will be known. Where it had begun already it goes on.
  void begin(const events::Snapshot& position);
  // `events`: in the order of their ids.
  void remember(const events::Snapshot& before, std::span<const events::Event> events);
  // What somebody who `saw` that and follows those has missed: at most `most` pieces.
  Missed since(const events::Place& saw, const std::unordered_set<Id>& follows,
               std::size_t most) const;

 private:
  // What one round told, and what had been told before it.
  struct Past {
    events::Snapshot before;
    std::vector<News> news;
  };

  const std::size_t most_;
  std::optional<events::Snapshot> oldest_;  // all since is here
  std::deque<Past> rounds_;
  std::size_t size_ = 0;
};

}  // namespace feedctl::feed
