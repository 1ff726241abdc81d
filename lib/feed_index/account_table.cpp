#include "feed_index/account_table.hpp"

#include <memory>

namespace feedctl::feed_index {

// Open addressing with linear probing; a key is there once its ordinal is.
struct AccountTable::Table {
  explicit Table(std::size_t capacity)
      : mask(capacity - 1),
        keys(std::make_unique<std::atomic<Id>[]>(capacity)),
        ordinals(std::make_unique<std::atomic<Ordinal>[]>(capacity)) {}

  std::size_t home_slot(Id id) const {
    const auto mixed = static_cast<std::uint64_t>(id) * 0x9E3779B97F4A7C15ULL;
    return static_cast<std::size_t>(mixed >> 20) & mask;
  }

  const std::size_t mask;
  std::unique_ptr<std::atomic<Id>[]> keys;  // 0: free
  std::unique_ptr<std::atomic<Ordinal>[]> ordinals;
};

AccountTable::AccountTable(concurrent::EpochReclaimer& epochs)
    : epochs_(epochs), table_(new Table(concurrent::initial_table_capacity)) {}

AccountTable::~AccountTable() {
  delete table_.load();
}

std::optional<Ordinal> AccountTable::find(Id id) const {
  const Table& table = *table_.load();
  for (auto i = table.home_slot(id);; i = (i + 1) & table.mask) {
    const Id key = table.keys[i].load(std::memory_order_acquire);
    if (key == id) return table.ordinals[i].load(std::memory_order_relaxed);
    if (key == 0) return std::nullopt;
  }
}

void AccountTable::insert_key(Table& table, Id id, Ordinal ordinal) {
  auto i = table.home_slot(id);
  while (table.keys[i].load(std::memory_order_relaxed) != 0) i = (i + 1) & table.mask;
  table.ordinals[i].store(ordinal, std::memory_order_relaxed);
  table.keys[i].store(id, std::memory_order_release);
}

void AccountTable::grow() {
  Table* old = table_.load();
  auto bigger = std::make_unique<Table>((old->mask + 1) * 2);
  for (std::uint32_t i = 0; i < size_.load(); ++i) insert_key(*bigger, ids_[i], i);
  table_.store(bigger.release());
  epochs_.retire(old);
}

Ordinal AccountTable::intern(Id id) {
  const std::lock_guard lock(mutex_);
  if (const auto known = find(id)) return *known;  // the table is changed under this lock only
  const auto ordinal = size_.load();
  if ((static_cast<std::size_t>(ordinal) + 1) * 4 > (table_.load()->mask + 1) * 3) grow();
  ids_.ensure(ordinal);
  newest_post.ensure(ordinal);
  post_lists.ensure(ordinal);
  removals.ensure(ordinal);
  follow_sets.ensure(ordinal);
  follows_generation.ensure(ordinal);
  ids_[ordinal] = id;
  size_.store(ordinal + 1, std::memory_order_release);
  insert_key(*table_.load(), id, ordinal);
  return ordinal;
}

}  // namespace feedctl::feed_index
