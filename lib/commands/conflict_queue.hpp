#pragma once
// A FIFO queue of the commands that wait for a statement. Two commands conflict if they have the
// same key, or the same pair of ids and at least one has a key. Conflicting commands are never
// ready together: the later one is blocked until the first is taken. So all ready commands may
// share a statement, and take_batch() costs time in the size of its batch. Not thread-safe.
#include <cstddef>
#include <deque>
#include <list>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "commands/pending_command.hpp"

namespace feedctl::commands {

class ConflictQueue {
 public:
  // Each blocked command takes a statement of its own; with no limit one user could fill the queue.
  static constexpr std::size_t max_blocked_per_user = 16;

  // False if the user has too many blocked commands.
  bool push(PendingCommandPtr command);
  // Up to `max_rows` rows, with the commands that share them, without completed commands.
  Batch take_batch(std::size_t max_rows);
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  struct Hash {
    std::size_t operator()(const std::pair<Id, Id>& pair) const;
    std::size_t operator()(const std::pair<Id, std::string_view>& key) const;
  };
  using Rows = std::list<SharedRow>;

  bool try_make_ready(const PendingCommandPtr& command, Rows& rows);
  void release_keys(const PendingCommand& first);
  void unblock(Id actor, Rows& rows);

  Rows ready_;
  std::unordered_map<std::pair<Id, Id>, Rows::iterator, Hash> ready_pairs_;  // of the ready rows
  std::unordered_set<std::pair<Id, std::string_view>, Hash> ready_keys_;  // views into ready rows
  std::unordered_map<Id, std::deque<PendingCommandPtr>> blocked_;  // by actor; each has a ready row
  std::size_t size_ = 0;
};

}  // namespace feedctl::commands
