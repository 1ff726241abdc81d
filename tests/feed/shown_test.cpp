// Readers whom the definition has shown more than the index holds.
#include "feed/shown.hpp"

#include "support/catch.hpp"

using namespace feedctl;
using feed::Shown;

namespace {

events::Snapshot at(events::TransactionId next) {
  return {next, next, {}};
}
auto index_at(events::TransactionId next) {
  return [next](const events::Snapshot& shown) { return at(next).covers(shown); };
}

}  // namespace

TEST_CASE("who was shown more waits for the index, and nobody else does") {
  Shown shown;
  CHECK_FALSE(shown.more_than(1, index_at(10)));
  shown.note(1, at(20));
  shown.note(1, at(15));  // an earlier one that came late
  CHECK(shown.more_than(1, index_at(19)));
  CHECK_FALSE(shown.more_than(2, index_at(19)));
  CHECK_FALSE(shown.more_than(1, index_at(20)));
  CHECK_FALSE(shown.more_than(1, index_at(10)));  // forgotten
}

TEST_CASE("where too many were shown more, everybody waits, and no more is kept") {
  Shown shown;
  for (Id user = 1; user <= static_cast<Id>(Shown::most_users) + 1; ++user)
    shown.note(user, at(20 + user % 5));
  CHECK(shown.more_than(7'000'000, index_at(23)));
  CHECK(shown.more_than(3, index_at(23)));
  CHECK_FALSE(shown.more_than(3, index_at(24)));
  shown.forget_covered(index_at(24));
  CHECK_FALSE(shown.more_than(7'000'000, index_at(10)));
}
