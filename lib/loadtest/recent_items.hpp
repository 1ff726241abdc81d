#pragma once
// The latest items, up to a limit: a ring that forgets the oldest. One thread.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace feedctl::loadtest {

template <typename Item>
class RecentItems {
 public:
  explicit RecentItems(std::size_t max_size) : max_size_(max_size) {}

  void add(Item item) {
    if (items_.size() < max_size_)
      items_.push_back(std::move(item));
    else
      items_[oldest_] = std::move(item);
    oldest_ = (oldest_ + 1) % max_size_;
  }
  bool empty() const { return items_.empty(); }
  bool is_full() const { return items_.size() == max_size_; }
  std::size_t size() const { return items_.size(); }
  // `index` is taken modulo the size.
  const Item& at(std::uint64_t index) const { return items_[index % items_.size()]; }
  // The last item takes its place.
  Item take(std::uint64_t index) {
    auto& place = items_[index % items_.size()];
    Item item = std::move(place);
    if (&place != &items_.back()) place = std::move(items_.back());
    items_.pop_back();
    oldest_ = items_.size() % max_size_;
    return item;
  }

 private:
  std::size_t max_size_;
  std::size_t oldest_ = 0;
  std::vector<Item> items_;
};

}  // namespace feedctl::loadtest
