#pragma once
// What waits for a statement, in its order. Commands that would get in each other's way (one key
// twice, or one pair twice where a key is among the two) are never ready together: the later one
// stands behind, with the others of its user, until the first has gone out. So what is ready may
// all go out, and to take a batch costs what the batch costs. Not thread-safe.
#include <cstddef>
#include <deque>
#include <list>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "commands/waiting.hpp"

namespace feedctl::commands {

class Queue {
 public:
  // Of one user. They take a statement each, so with more one user would keep the places of all.
  static constexpr std::size_t most_behind = 16;

  // False: it would be one too many behind.
  bool push(WaitingPtr waiting);
  // Up to `most` rows, and whoever shares them; what has been answered is dropped.
  Batch take(std::size_t most);
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  struct Hash {
    std::size_t operator()(const std::pair<Id, Id>& pair) const;
    std::size_t operator()(const std::pair<Id, std::string_view>& key) const;
  };
  using Rows = std::list<SharedRow>;

  bool make_ready(const WaitingPtr& waiting, Rows& rows);
  void forget(const Waiting& first);
  void bring_forward(Id actor, Rows& rows);

  Rows ready_;
  std::unordered_map<std::pair<Id, Id>, Rows::iterator, Hash> pairs_;  // of those ready
  std::unordered_set<std::pair<Id, std::string_view>, Hash> keys_;     // which keep the text
  std::unordered_map<Id, std::deque<WaitingPtr>> behind_;  // by actor, who has one ready
  std::size_t size_ = 0;
};

}  // namespace feedctl::commands
