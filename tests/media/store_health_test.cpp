#include "media/store_health.hpp"

#include "memory_store.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::test;
using namespace std::chrono_literals;

TEST_CASE("a store is asked once a second whether it answers, however often that is read") {
  MemoryStore store;
  auto time = media::StoreHealth::Clock::now();
  media::StoreHealth health(store, [&] { return time; });
  CHECK_FALSE(health.problem());
  store.is_down = true;
  time += 999ms;
  CHECK_FALSE(health.problem());
  CHECK(store.heads == 1);
  time += 1ms;
  for (int i = 0; i < 10; ++i) CHECK(health.problem() == "the store is down");
  CHECK(store.heads == 2);
  store.is_down = false;
  time += 1s;
  CHECK_FALSE(health.problem());
}
