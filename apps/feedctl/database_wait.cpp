#include "feedctl/database_wait.hpp"

#include <algorithm>
#include <optional>
#include <thread>

#include "base/error.hpp"
#include "feedctl/runtime.hpp"
#include "store/database.hpp"

namespace feedctl::cli {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

// The reason why it does not; nullopt: it does.
std::optional<Error> find_obstacle(const store::Options& options) {
  try {
    store::Database(options).ping();
    return std::nullopt;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::unavailable) throw;
    return error;
  }
}

// With the first line of what libpq says, without the name of the statement before it.
std::string describe(const Error& obstacle) {
  auto detail = obstacle.detail().substr(0, obstacle.detail().find('\n'));
  if (const auto end = detail.find(": "); end != std::string::npos) detail.erase(0, end + 2);
  return detail.empty() ? obstacle.what() : std::string(obstacle.what()) + " (" + detail + ")";
}

std::string in_seconds(Clock::duration time) {
  return std::to_string(std::chrono::ceil<seconds>(time).count()) + "s";
}

}  // namespace

void wait_for_database(const Runtime& runtime, milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  auto next_notice = Clock::now();
  auto options = runtime.owner_options();
  options.pool_size = 1;
  for (;;) {
    const auto obstacle = find_obstacle(options);
    if (!obstacle) return;
    const auto now = Clock::now();
    if (now >= deadline) {
      throw Error(ErrorCode::unavailable, "the database was not ready within " + in_seconds(limit) +
                                              ": " + describe(*obstacle))
          .with_hint(obstacle->hint().empty()
                         ? "check database.owner_url and its server, or wait longer"
                         : obstacle->hint());
    }
    if (now >= next_notice) {
      runtime.notice("waiting for the database: " + describe(*obstacle) + "; " +
                     in_seconds(deadline - now) + " left");
      next_notice = now + seconds{5};
    }
    std::this_thread::sleep_for(std::min<Clock::duration>(milliseconds{250}, deadline - now));
  }
}

}  // namespace feedctl::cli
