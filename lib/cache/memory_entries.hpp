#pragma once
// Expiring entries in memory, bounded by number and bytes; the least recently used go first. Not
// thread-safe.
#include <chrono>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "cache/cache.hpp"

namespace feedctl::cache {

class MemoryEntries {
 public:
  using Clock = std::chrono::steady_clock;

  explicit MemoryEntries(const MemoryOptions& options) : options_(options) {}

  std::optional<std::string> get(std::string_view key, Clock::time_point now) {
    const auto found = index_.find(key);
    if (found == index_.end()) return std::nullopt;
    if (now >= found->second->expires) {
      remove(found->second);
      return std::nullopt;
    }
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->value;
  }

  void put(std::string_view key, std::string_view value, Clock::time_point expires) {
    erase(key);
    entries_.push_front({std::string(key), std::string(value), expires});
    index_.emplace(entries_.front().key, entries_.begin());
    bytes_ += size_of(entries_.front());
    while (entries_.size() > options_.max_entries || bytes_ > options_.max_bytes) {
      remove(std::prev(entries_.end()));
    }
  }

  void erase(std::string_view key) {
    const auto found = index_.find(key);
    if (found != index_.end()) remove(found->second);
  }

  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string key, value;
    Clock::time_point expires;
  };
  using Place = std::list<Entry>::iterator;

  // With about what the list, the index and the strings cost beside their text.
  static std::size_t size_of(const Entry& entry) {
    return entry.key.size() + entry.value.size() + 160;
  }

  void remove(Place place) {
    bytes_ -= size_of(*place);
    index_.erase(place->key);
    entries_.erase(place);
  }

  MemoryOptions options_;
  std::size_t bytes_ = 0;
  std::list<Entry> entries_;                           // most recently used first
  std::unordered_map<std::string_view, Place> index_;  // keys point into the entries
};

}  // namespace feedctl::cache
