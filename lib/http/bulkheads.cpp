#include "http/bulkheads.hpp"

#include <algorithm>

#include "http/server.hpp"

namespace feedctl::http {

namespace {

// What is left for others by those who were given no number: an eighth of the threads by reads, a
// quarter by writes, three quarters by uploads. Few threads are shared by all but uploads.
std::size_t share(std::size_t threads, std::size_t kind) {
  constexpr std::size_t few = 4;
  if (kind == 3) return threads / 4;
  if (kind == 0 || threads < few) return threads;
  return threads - std::max<std::size_t>(1, kind == 1 ? threads / 8 : threads / 4);
}

}  // namespace

std::size_t Bulkheads::kind_of(Load load) {
  switch (load) {
    case Load::health:
    case Load::cached:
      return 0;
    case Load::write:
      return 2;
    case Load::upload:
      return 3;
    default:
      return 1;
  }
}

Bulkheads::Bulkheads(int threads, const Limits& limits) {
  const auto all = static_cast<std::size_t>(std::max(threads, 1));
  const std::array<int, kinds> given{0, limits.read_threads, limits.write_threads,
                                     limits.upload_threads};
  for (std::size_t kind = 0; kind < kinds; ++kind) {
    const auto most = given[kind] > 0 ? static_cast<std::size_t>(given[kind]) : share(all, kind);
    most_[kind] = std::clamp<std::size_t>(most, 1, all);
  }
}

}  // namespace feedctl::http
