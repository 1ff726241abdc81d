#include "index/accounts.hpp"

#include <memory>

namespace feedctl::index {

// Open addressing with linear probing; a key is there once its ordinal is.
struct Accounts::Table {
  explicit Table(std::size_t capacity)
      : mask(capacity - 1),
        keys(std::make_unique<std::atomic<Id>[]>(capacity)),
        ordinals(std::make_unique<std::atomic<Ordinal>[]>(capacity)) {}

  std::size_t home(Id id) const {
    const auto mixed = static_cast<std::uint64_t>(id) * 0x9E3779B97F4A7C15ULL;
    return static_cast<std::size_t>(mixed >> 20) & mask;
  }

  const std::size_t mask;
  std::unique_ptr<std::atomic<Id>[]> keys;  // 0: free
  std::unique_ptr<std::atomic<Ordinal>[]> ordinals;
};

Accounts::Accounts(Epochs& epochs) : epochs_(epochs), table_(new Table(first_table)) {}

Accounts::~Accounts() {
  delete table_.load();
}

std::optional<Ordinal> Accounts::find(Id id) const {
  const Table& table = *table_.load();
  for (auto i = table.home(id);; i = (i + 1) & table.mask) {
    const Id key = table.keys[i].load(std::memory_order_acquire);
    if (key == id) return table.ordinals[i].load(std::memory_order_relaxed);
    if (key == 0) return std::nullopt;
  }
}

void Accounts::place(Table& table, Id id, Ordinal ordinal) {
  auto i = table.home(id);
  while (table.keys[i].load(std::memory_order_relaxed) != 0) i = (i + 1) & table.mask;
  table.ordinals[i].store(ordinal, std::memory_order_relaxed);
  table.keys[i].store(id, std::memory_order_release);
}

void Accounts::grow() {
  Table* old = table_.load();
  auto bigger = std::make_unique<Table>((old->mask + 1) * 2);
  for (std::uint32_t i = 0; i < size_.load(); ++i) place(*bigger, ids_[i], i);
  table_.store(bigger.release());
  epochs_.retire(old);
}

Ordinal Accounts::intern(Id id) {
  const std::lock_guard lock(mutex_);
  if (const auto known = find(id)) return *known;  // the table is changed under this lock only
  const auto ordinal = size_.load();
  if ((static_cast<std::size_t>(ordinal) + 1) * 4 > (table_.load()->mask + 1) * 3) grow();
  ids_.ensure(ordinal);
  newest.ensure(ordinal);
  posts.ensure(ordinal);
  losses.ensure(ordinal);
  follows.ensure(ordinal);
  changed.ensure(ordinal);
  ids_[ordinal] = id;
  size_.store(ordinal + 1, std::memory_order_release);
  place(*table_.load(), id, ordinal);
  return ordinal;
}

}  // namespace feedctl::index
