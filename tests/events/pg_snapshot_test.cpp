// PgSnapshot: what two snapshots see together.
#include "events/pg_snapshot.hpp"

#include "support/catch.hpp"

using namespace feedctl::events;

namespace {

constexpr TransactionId first = 10, ids = 5;

// Sees the transactions whose bits are set, of `ids` from `first` on, and all before.
PgSnapshot seeing(unsigned bits) {
  PgSnapshot snapshot{first, first, {}};
  for (TransactionId i = 0; i < ids; ++i) {
    if ((bits >> i & 1) != 0) snapshot.xmax = first + i + 1;
  }
  for (auto id = first; id < snapshot.xmax; ++id) {
    if ((bits >> (id - first) & 1) == 0) snapshot.xip.push_back(id);
  }
  snapshot.xmin = snapshot.xip.empty() ? snapshot.xmax : snapshot.xip.front();
  return snapshot;
}

}  // namespace

TEST_CASE("merged snapshots see what either sees, and one covers what it sees") {
  for (unsigned a = 0; a < 1U << ids; ++a) {
    for (unsigned b = 0; b < 1U << ids; ++b) {
      CAPTURE(a, b);
      const auto merged = seeing(a).merge(seeing(b));
      REQUIRE(merged.text() == seeing(a | b).text());
      REQUIRE(seeing(a).covers(seeing(b)) == ((a | b) == a));
    }
  }
}
