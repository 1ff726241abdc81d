// Locks by which one process at a time does a job.
#include "store/advisory_lock.hpp"

#include "support/catch.hpp"
#include "support/database_options.hpp"
#include "support/fresh_database.hpp"

using namespace feedctl;

namespace {

constexpr store::Query try_lock{"test/try_lock", "SELECT pg_try_advisory_lock(4711)"};

}  // namespace

TEST_CASE("an advisory lock is free as soon as its holder is gone") {
  const support::FreshDatabase fresh;
  auto options = support::long_timeouts();
  options.url = fresh.url();
  for (int i = 0; i < 50; ++i) {
    INFO(i);
    REQUIRE_NOTHROW(store::AdvisoryLock(options, try_lock, "taken", "wait"));
  }
}

TEST_CASE("an advisory lock that another session holds is refused") {
  const support::FreshDatabase fresh;
  auto options = support::long_timeouts();
  options.url = fresh.url();
  const store::AdvisoryLock held(options, try_lock, "taken", "wait");
  CHECK(held.is_held());
  try {
    const store::AdvisoryLock second(options, try_lock, "taken", "wait");
    FAIL("it was free");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::lock_held);
    CHECK(std::string(error.what()) == "taken");
    CHECK(error.hint() == "wait");
  }
}
