#include "seed/bulk_progress.hpp"

#include <algorithm>

namespace feedctl::seed {

BulkProgress::Entry* BulkProgress::find(const std::string& table) {
  const auto at = std::find_if(entries_.begin(), entries_.end(),
                               [&](const auto& entry) { return entry.progress.table == table; });
  return at == entries_.end() ? nullptr : &*at;
}

void BulkProgress::begin(const std::string& table, std::size_t total) {
  const std::lock_guard lock(mutex_);
  TableProgress progress;
  progress.table = table;
  progress.total = total;
  entries_.push_back({progress, Clock::now(), {}});
}

void BulkProgress::add(const std::string& table, std::size_t rows) {
  const std::lock_guard lock(mutex_);
  if (auto* entry = find(table)) entry->progress.rows += rows;
}

void BulkProgress::begin_indexes(const std::string& table) {
  const std::lock_guard lock(mutex_);
  auto* entry = find(table);
  if (!entry) return;
  entry->progress.is_indexing = true;
  entry->indexing_at = Clock::now();
}

void BulkProgress::end(const std::string& table) {
  const std::lock_guard lock(mutex_);
  auto* entry = find(table);
  if (!entry || std::exchange(entry->has_ended, true)) return;
  seconds_.emplace_back(table,
                        std::chrono::duration<double>(Clock::now() - entry->began_at).count());
}

std::vector<TableProgress> BulkProgress::running() const {
  const std::lock_guard lock(mutex_);
  std::vector<TableProgress> running;
  for (const auto& entry : entries_) {
    if (entry.has_ended) continue;
    const auto since = entry.progress.is_indexing ? entry.indexing_at : entry.began_at;
    running.push_back(entry.progress);
    running.back().elapsed =
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - since);
  }
  return running;
}

std::vector<std::pair<std::string, double>> BulkProgress::seconds() const {
  const std::lock_guard lock(mutex_);
  return seconds_;
}

}  // namespace feedctl::seed
