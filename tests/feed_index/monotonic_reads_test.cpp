// MonotonicReads: readers who have seen newer pages from the defining query than the index holds.
#include "feed_index/monotonic_reads.hpp"

#include "support/catch.hpp"

using namespace feedctl;
using feed_index::MonotonicReads;

namespace {

events::PgSnapshot at(events::TransactionId next) {
  return {next, next, {}};
}
auto index_at(events::TransactionId next) {
  return [next](const events::PgSnapshot& shown) { return at(next).covers(shown); };
}

}  // namespace

TEST_CASE("only a user who saw newer results waits for the index") {
  MonotonicReads reads;
  CHECK_FALSE(reads.is_ahead_of_index(1, index_at(10)));
  reads.require_at_least(1, at(20));
  reads.require_at_least(1, at(15));  // an older page whose report arrives late
  CHECK(reads.is_ahead_of_index(1, index_at(19)));
  CHECK_FALSE(reads.is_ahead_of_index(2, index_at(19)));
  CHECK_FALSE(reads.is_ahead_of_index(1, index_at(20)));
  CHECK_FALSE(reads.is_ahead_of_index(1, index_at(10)));  // forgotten
}

TEST_CASE("when too many users saw newer results, all users wait and no more are recorded") {
  MonotonicReads reads;
  for (Id user = 1; user <= static_cast<Id>(MonotonicReads::max_users) + 1; ++user)
    reads.require_at_least(user, at(20 + user % 5));
  CHECK(reads.is_ahead_of_index(7'000'000, index_at(23)));
  CHECK(reads.is_ahead_of_index(3, index_at(23)));
  CHECK_FALSE(reads.is_ahead_of_index(3, index_at(24)));
  reads.forget_covered(index_at(24));
  CHECK_FALSE(reads.is_ahead_of_index(7'000'000, index_at(10)));
}
