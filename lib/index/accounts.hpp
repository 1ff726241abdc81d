#pragma once
// Every account that the index has met, by a 4-byte ordinal. Ordinals are never given back.
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>

#include "base/ids.hpp"
#include "index/epochs.hpp"
#include "index/segments.hpp"

namespace feedctl::index {

using Ordinal = std::uint32_t;

struct AuthorPosts;
struct FollowSet;

class Accounts {
 public:
  // What has happened to an account, by numbers that only grow; 0: nothing.
  struct Losses {
    std::atomic<std::uint32_t> gone;   // the removal that took it
    std::atomic<std::uint32_t> below;  // its last loss of a post below the floor
  };

  explicit Accounts(Epochs& epochs);
  ~Accounts();

  // Needs a pin.
  std::optional<Ordinal> find(Id id) const;
  // Any thread. std::bad_alloc.
  Ordinal intern(Id id);
  Id id(Ordinal account) const { return ids_[account]; }
  std::uint32_t size() const { return size_.load(std::memory_order_acquire); }

  // Of each account; written as Index says.
  Segments<std::atomic<Id>> newest;           // 0: no post in memory
  Segments<std::atomic<AuthorPosts*>> posts;  // nullptr: none
  Segments<Losses> losses;
  Segments<std::atomic<FollowSet*>> follows;     // nullptr: not loaded
  Segments<std::atomic<std::uint32_t>> changed;  // generation of the follows

 private:
  struct Table;
  static void place(Table& table, Id id, Ordinal ordinal);
  void grow();

  Epochs& epochs_;
  std::atomic<Table*> table_;
  Segments<Id> ids_;
  std::atomic<std::uint32_t> size_{0};
  std::mutex mutex_;
};

}  // namespace feedctl::index
