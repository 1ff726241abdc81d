#pragma once
// Progress of the tables that a bulk load fills at the same time. Thread-safe. Internal to
// lib/seed.
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "seed/bulk_load.hpp"

namespace feedctl::seed {

class BulkProgress {
 public:
  void begin(const std::string& table, std::size_t total);
  void add(const std::string& table, std::size_t rows);
  // All rows are in; its indexes are made.
  void begin_indexes(const std::string& table);
  void end(const std::string& table);

  // Those that are being filled now.
  std::vector<TableProgress> running() const;
  // Of the ended ones, in the order of their ends.
  std::vector<std::pair<std::string, double>> seconds() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Entry {
    TableProgress progress;
    Clock::time_point began_at, indexing_at;
    bool has_ended = false;
  };
  Entry* find(const std::string& table);

  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
  std::vector<std::pair<std::string, double>> seconds_;
};

}  // namespace feedctl::seed
