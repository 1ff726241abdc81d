#include "feed/activation.hpp"

#include "base/log.hpp"
#include "sql/feed.hpp"

namespace feedctl::feed {

namespace {

constexpr std::chrono::minutes between_asks{1};
constexpr std::chrono::hours between_sights{1};
constexpr int users_a_batch = 1000;
constexpr int most_batches = 100;

void try_command(store::Database& database, const store::Query& query,
                 const store::Params& params) {
  try {
    database.command(query, params);
  } catch (const Error& error) {
    log::debug("a reader is not noted in feed_state",
               {{"error", error.what()}, {"detail", error.detail()}});
  }
}

template <typename Batch>
std::size_t in_batches(const Batch& turn_off) {
  std::size_t total = 0;
  for (int batch = 0; batch < most_batches; ++batch) {
    const std::size_t turned_off = turn_off();
    total += turned_off;
    if (turned_off < static_cast<std::size_t>(users_a_batch)) break;
  }
  return total;
}

}  // namespace

void activate(store::WriteTx& tx, const std::vector<std::int64_t>& users) {
  tx.query(sql::feed::activate, store::params(users));
}

void Activation::ask(Id user) {
  if (!asked_.note_unless_within(user, between_asks)) return;
  try_command(database_, sql::feed::activate, store::params(std::vector<std::int64_t>{user}));
}

void Activation::seen(Id user) {
  if (!seen_.note_unless_within(user, between_sights)) return;
  try_command(database_, sql::feed::seen, store::params(std::vector<std::int64_t>{user}));
}

std::size_t deactivate_idle(store::Database& database, int days, Time now) {
  database.command(sql::feed::seen_ahead, store::params(now));
  return in_batches([&] {
    return database.command(sql::feed::deactivate, store::params(days, users_a_batch, now))
        .affected();
  });
}

std::size_t deactivate_all(store::Database& database) {
  return in_batches([&] {
    return database.command(sql::feed::deactivate_all, store::params(users_a_batch)).affected();
  });
}

}  // namespace feedctl::feed
