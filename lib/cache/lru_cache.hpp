#pragma once
// A least-recently-used (LRU) cache with expiring entries, bounded by number and bytes. Not
// thread-safe.
#include <chrono>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "cache/memory_cache.hpp"

namespace feedctl::cache {

class LruCache {
 public:
  using Clock = std::chrono::steady_clock;

  explicit LruCache(const MemoryOptions& options) : options_(options) {}

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
    bytes_ += bytes_of(entries_.front());
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
  using EntryIterator = std::list<Entry>::iterator;

  // 160 is about what the list, the index and the strings cost beside their text.
  static std::size_t bytes_of(const Entry& entry) {
    return entry.key.size() + entry.value.size() + 160;
  }

  void remove(EntryIterator entry) {
    bytes_ -= bytes_of(*entry);
    index_.erase(entry->key);
    entries_.erase(entry);
  }

  MemoryOptions options_;
  std::size_t bytes_ = 0;
  std::list<Entry> entries_;                                   // most recently used first
  std::unordered_map<std::string_view, EntryIterator> index_;  // keys point into the entries
};

}  // namespace feedctl::cache
