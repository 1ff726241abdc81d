#include "views/warm_totals.hpp"

#include <algorithm>
#include <vector>

#include "base/error.hpp"
#include "base/failpoint.hpp"
#include "redis/connection_pool.hpp"
#include "sql/views.hpp"
#include "views/record_script.hpp"
#include "views/redis_keys.hpp"

namespace feedctl::views {

namespace {

constexpr std::size_t posts_per_call = 500;

const failpoint::Point warm_before{"views.warm.before"}, warm_after{"views.warm.after"};

struct Total {
  Id post;
  std::int64_t stored;
};

std::int64_t count_missing(redis::Connection& redis, std::span<const Total> totals,
                           const std::string& prefix) {
  std::vector<std::string> arguments{"EXISTS"};
  for (const auto& total : totals) arguments.push_back(prefix + keys::total_of(total.post));
  return static_cast<std::int64_t>(totals.size()) -
         redis.command({arguments.begin(), arguments.end()}).integer;
}

void fill(redis::Connection& redis, std::span<const Total> totals) {
  std::vector<std::string> names{std::string(keys::pending)}, arguments{"0"};
  for (const auto& total : totals) {
    names.push_back(keys::viewers_of(total.post));
    names.push_back(keys::total_of(total.post));
    arguments.insert(arguments.end(),
                     {std::to_string(total.post), "0", std::to_string(total.stored), "read"});
  }
  redis.eval(0, {names.begin(), names.end()}, {arguments.begin(), arguments.end()});
}

}  // namespace

WarmedTotals warm_totals(store::Database& database, const redis::PoolOptions& redis,
                         const std::string& installation, std::span<const Id> posts, bool dry_run) {
  redis::ConnectionPool pool(redis, {scripts::record_views});
  pool.set_installation(installation);
  std::vector<Total> totals;
  const std::vector<std::int64_t> ids(posts.begin(), posts.end());
  for (const auto row : database.read(sql::views::stored_totals, store::params(ids)))
    totals.push_back({row.integer(0), row.integer(1)});
  WarmedTotals warmed;
  for (auto rest = std::span<const Total>(totals); !rest.empty();) {
    const auto some = rest.first(std::min(posts_per_call, rest.size()));
    std::int64_t missing = 0;
    warm_before.hit();
    const bool done = pool.run([&](redis::Connection& connection) {
      missing = count_missing(connection, some, redis.prefix);
      if (!dry_run) fill(connection, some);
    });
    if (!done) {
      throw Error(ErrorCode::unavailable, "redis does not answer")
          .with_detail(pool.last_failure().reason);
    }
    warm_after.hit();
    warmed.filled += missing;
    warmed.already_there += static_cast<std::int64_t>(some.size()) - missing;
    rest = rest.subspan(some.size());
  }
  return warmed;
}

}  // namespace feedctl::views
