#include "http_server/bulkheads.hpp"

#include <algorithm>

namespace feedctl::http {

namespace {

// Without a number of its own, reads leave an eighth of the threads to others and writes a quarter.
// A few threads are for all classes.
std::size_t default_share(std::size_t threads, std::size_t index) {
  constexpr std::size_t few = 4;
  if (index == 0 || index == 3 || threads < few) return threads;
  return threads - std::max<std::size_t>(1, index == 1 ? threads / 8 : threads / 4);
}

}  // namespace

std::size_t Bulkheads::class_index(LoadClass load_class) {
  switch (load_class) {
    case LoadClass::health:
    case LoadClass::cached:
      return 0;
    case LoadClass::write:
      return 2;
    case LoadClass::upload:
      return 3;
    default:
      return 1;
  }
}

Bulkheads::Bulkheads(int threads, const Limits& limits) {
  const auto all = static_cast<std::size_t>(std::max(threads, 1));
  const std::array<int, class_count> given{0, limits.max_read_threads, limits.max_write_threads,
                                           limits.max_upload_threads};
  for (std::size_t i = 0; i < class_count; ++i) {
    const auto max = given[i] > 0 ? static_cast<std::size_t>(given[i]) : default_share(all, i);
    max_[i] = std::clamp<std::size_t>(max, 1, all);
  }
}

}  // namespace feedctl::http
