// MonotonicReads: readers who have seen newer pages from the defining query than the index holds.
#include "feed_index/monotonic_reads.hpp"

#include "events/consistency_token.hpp"
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

// A command began when 100 was next and got the id 105. Meanwhile 102 committed, and a page was
// read from a snapshot that sees 102 but not yet 105. The page's report arrives last.
TEST_CASE("a user waits for the own command after a page that was read beside it") {
  const events::PgSnapshot page{103, 106, {103, 104, 105}};
  const auto command = events::ConsistencyToken{at(100), 105}.with_own_xid();
  REQUIRE_FALSE(command.covers(page));
  REQUIRE_FALSE(page.covers(command));
  const bool page_is_last = GENERATE(true, false);
  MonotonicReads reads;
  reads.require_at_least(1, page_is_last ? command : page);
  reads.require_at_least(1, page_is_last ? page : command);
  const auto index = [](const events::PgSnapshot& position) {
    return [position](const events::PgSnapshot& shown) { return position.covers(shown); };
  };
  CHECK(reads.is_ahead_of_index(1, index(page)));
  CHECK(reads.is_ahead_of_index(1, index(command)));
  CHECK_FALSE(reads.is_ahead_of_index(1, index(page.merge(command))));
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
