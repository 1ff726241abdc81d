#include "seed/bulk_lock.hpp"

#include <chrono>
#include <thread>

#include "base/error.hpp"
#include "sql/seed.hpp"

namespace feedctl::seed {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::minutes max_remains_wait{1};

}  // namespace

std::unique_ptr<store::AdvisoryLock> lock_loads(const store::Options& owner) {
  constexpr int attempts = 20;
  for (int attempt = 1;; ++attempt) {
    try {
      return std::make_unique<store::AdvisoryLock>(owner, sql::seed::bulk_lock,
                                                   "another seed is loading this database",
                                                   "wait until it is done");
    } catch (const Error& error) {
      if (error.code() != ErrorCode::lock_held || attempt == attempts) throw;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
  }
}

void end_remains(store::Database& owner) {
  const auto deadline = Clock::now() + max_remains_wait;
  while (owner.read(sql::seed::bulk_remains).single_row().integer(0) > 0) {
    if (Clock::now() > deadline) {
      throw Error(ErrorCode::lock_held, "a transaction of the aborted load does not end")
          .with_hint("restart PostgreSQL, or wait until it has ended, and try again");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
  }
}

}  // namespace feedctl::seed
