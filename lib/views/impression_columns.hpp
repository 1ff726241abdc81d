#pragma once
// Impressions as the arrays that statements take, and their sum. Plain values.
#include <cstdint>
#include <span>
#include <vector>

#include "views/view.hpp"

namespace feedctl::views {

struct ImpressionColumns {
  explicit ImpressionColumns(std::span<const Impressions> items) {
    contents.reserve(items.size());
    counts.reserve(items.size());
    for (const auto& item : items) {
      contents.push_back(item.content);
      counts.push_back(item.count);
    }
  }

  std::vector<std::int64_t> contents, counts;
};

inline std::int64_t sum_of(std::span<const Impressions> items) {
  std::int64_t sum = 0;
  for (const auto& item : items) sum += item.count;
  return sum;
}

}  // namespace feedctl::views
