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

// The reason why not; nullopt: it accepts them.
std::optional<std::string> find_obstacle(const store::Options& options) {
  try {
    store::Database(options).ping();
    return std::nullopt;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::unavailable) throw;
    const auto detail = error.detail().substr(0, error.detail().find('\n'));
    return detail.empty() ? error.what() : std::string(error.what()) + " (" + detail + ")";
  }
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
      throw Error(ErrorCode::unavailable,
                  "the database has not accepted a connection within " + in_seconds(limit))
          .with_hint(*obstacle + "; check database.owner_url and its server, or wait longer");
    }
    if (now >= next_notice) {
      runtime.notice("waiting for the database: " + *obstacle + "; " + in_seconds(deadline - now) +
                     " left");
      next_notice = now + seconds{5};
    }
    std::this_thread::sleep_for(std::min<Clock::duration>(milliseconds{250}, deadline - now));
  }
}

}  // namespace feedctl::cli
