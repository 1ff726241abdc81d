#include "index/id_cache.hpp"

#include "support/catch.hpp"
#include "support/resident.hpp"

using namespace feedctl;
using namespace feedctl::index;

namespace {

struct Thing {
  Id id;
  mutable std::atomic<bool> used{true};

  std::size_t bytes() const { return sizeof(Thing); }
  static void drop(void* what) { delete static_cast<Thing*>(what); }
};

}  // namespace

TEST_CASE("a cache that is cleared while it is empty, as at every start, takes no memory") {
  Epochs epochs;
  const auto before = support::resident_bytes();
  IdCache<Thing> cache(epochs, std::size_t{256} << 20, 256);  // 32 MiB of places
  cache.clear();
  CHECK(cache.find(7) == nullptr);
  CHECK(support::resident_bytes() - before < 8 << 20);
}

TEST_CASE("what is cleared is gone, and its place can be taken again") {
  Epochs epochs;
  IdCache<Thing> cache(epochs, 1 << 20, sizeof(Thing));
  for (Id id = 1; id <= 1000; ++id) cache.put(new Thing{id});
  CHECK(cache.count() == 1000);
  cache.clear();
  CHECK(cache.count() == 0);
  CHECK(cache.bytes() == 0);
  {
    const Epochs::Pin pin(epochs);
    CHECK(cache.find(500) == nullptr);
  }
  cache.put(new Thing{500});
  const Epochs::Pin pin(epochs);
  CHECK(cache.find(500) != nullptr);
}
