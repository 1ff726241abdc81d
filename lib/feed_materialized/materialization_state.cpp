#include "feed_materialized/materialization_state.hpp"

#include "base/log.hpp"
#include "sql/feed.hpp"

namespace feedctl::feed_materialized {

namespace {

constexpr std::chrono::minutes request_interval{1};
constexpr std::chrono::hours touch_interval{1};
constexpr int users_per_batch = 1000;
constexpr int max_batches = 100;

void try_execute(store::Database& database, const store::Query& query,
                 const store::Params& params) {
  try {
    database.execute(query, params);
  } catch (const Error& error) {
    log::debug("could not record a reader in feed_state",
               {{"error", error.what()}, {"detail", error.detail()}});
  }
}

template <typename Batch>
std::size_t run_in_batches(const Batch& deactivate_batch) {
  std::size_t total = 0;
  for (int batch = 0; batch < max_batches; ++batch) {
    const std::size_t deactivated = deactivate_batch();
    total += deactivated;
    if (deactivated < static_cast<std::size_t>(users_per_batch)) break;
  }
  return total;
}

}  // namespace

void activate_users(store::WriteTx& tx, const std::vector<std::int64_t>& users) {
  tx.query(sql::feed::activate, store::params(users));
}

void MaterializationState::request_activation(Id user) {
  if (!recently_requested_.note_unless_within(user, request_interval)) return;
  try_execute(database_, sql::feed::activate, store::params(std::vector<std::int64_t>{user}));
}

void MaterializationState::touch_last_seen(Id user) {
  if (!recently_touched_.note_unless_within(user, touch_interval)) return;
  try_execute(database_, sql::feed::seen, store::params(std::vector<std::int64_t>{user}));
}

std::size_t deactivate_idle_users(store::Database& database, int days, Time now) {
  database.execute(sql::feed::seen_ahead, store::params(now));
  return run_in_batches([&] {
    return database.execute(sql::feed::deactivate, store::params(days, users_per_batch, now))
        .affected();
  });
}

std::size_t deactivate_all_users(store::Database& database) {
  return run_in_batches([&] {
    return database.execute(sql::feed::deactivate_all, store::params(users_per_batch)).affected();
  });
}

}  // namespace feedctl::feed_materialized
