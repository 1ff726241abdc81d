#include "concurrent/clock_cache.hpp"

#include "support/catch.hpp"
#include "support/resident_memory.hpp"

using namespace feedctl;
using namespace feedctl::concurrent;

namespace {

struct CachedItem {
  Id id;
  mutable std::atomic<bool> used{true};

  std::size_t bytes() const { return sizeof(CachedItem); }
  static void drop(void* what) { delete static_cast<CachedItem*>(what); }
};

}  // namespace

TEST_CASE("clearing a cache that is empty, as at every start, allocates no memory") {
  EpochReclaimer epochs;
  const auto before = support::resident_bytes();
  ClockCache<CachedItem> cache(epochs, std::size_t{256} << 20, 256);  // 32 MiB of slots
  cache.clear();
  CHECK(cache.find(7) == nullptr);
  CHECK(support::resident_bytes() - before < 8 << 20);
}

TEST_CASE("cleared entries are gone, and their slots can be reused") {
  EpochReclaimer epochs;
  ClockCache<CachedItem> cache(epochs, 1 << 20, sizeof(CachedItem));
  for (Id id = 1; id <= 1000; ++id) cache.insert(new CachedItem{id});
  CHECK(cache.count() == 1000);
  cache.clear();
  CHECK(cache.count() == 0);
  CHECK(cache.bytes() == 0);
  {
    const EpochReclaimer::Guard guard(epochs);
    CHECK(cache.find(500) == nullptr);
  }
  cache.insert(new CachedItem{500});
  const EpochReclaimer::Guard guard(epochs);
  CHECK(cache.find(500) != nullptr);
}
