#include "concurrent/epoch_reclaimer.hpp"

#include "support/catch.hpp"

using namespace feedctl;

TEST_CASE("memory protected by an epoch guard is kept, and freed soon after") {
  struct CountedObject {
    explicit CountedObject(int& live) : live_(live) { ++live_; }
    ~CountedObject() { --live_; }
    int& live_;
  };
  int live = 0;
  {
    concurrent::EpochReclaimer epochs;
    {
      const concurrent::EpochReclaimer::Guard guard(epochs);
      epochs.retire(new CountedObject(live));
      epochs.reclaim();
      CHECK(live == 1);
      CHECK(epochs.pending() == 1);
    }
    epochs.reclaim();
    CHECK(live == 0);
    {
      const concurrent::EpochReclaimer::Guard late(epochs);
      epochs.reclaim();
    }
    epochs.retire(new CountedObject(live));
  }
  CHECK(live == 0);
}
