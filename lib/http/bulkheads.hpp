#pragma once
// How many requests of a kind may be at handlers at once. The kinds stand in the order of Load, and
// whatever stands below may only have a part of the threads: slow writes leave some for reads, slow
// reads leave some for what is nearly always in memory. Not thread-safe.
#include <array>
#include <cstddef>

#include "http/router.hpp"

namespace feedctl::http {

struct Limits;

class Bulkheads {
 public:
  static constexpr std::size_t kinds = 4;  // cached, read, write, upload
  static std::size_t kind_of(Load load);

  Bulkheads(int threads, const Limits& limits);

  bool room(std::size_t kind) const {
    for (std::size_t above = 0; above <= kind; ++above) {
      if (inside_[above] >= most_[above]) return false;
    }
    return true;
  }
  void enter(std::size_t kind) {
    for (std::size_t above = 0; above <= kind; ++above) ++inside_[above];
  }
  void leave(std::size_t kind) {
    for (std::size_t above = 0; above <= kind; ++above) --inside_[above];
  }

 private:
  std::array<std::size_t, kinds> most_{};
  std::array<std::size_t, kinds> inside_{};  // of the kind and those below it
};

}  // namespace feedctl::http
