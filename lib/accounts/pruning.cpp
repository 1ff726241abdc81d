#include "accounts/pruning.hpp"

#include "accounts/options.hpp"
#include "sql/accounts.hpp"

namespace feedctl::accounts {

namespace {

constexpr int batch_size = 1000;
// Servers' clocks differ a little.
constexpr std::chrono::minutes leeway{1};

std::size_t delete_in_batches(store::Database& database, const store::Query& query, Time before) {
  std::size_t total = 0;
  for (;;) {
    const auto deleted = database.execute(query, store::params(before, batch_size)).affected();
    total += deleted;
    if (deleted < batch_size) return total;
  }
}

}  // namespace

std::size_t delete_expired_rows(store::Database& database, Time now) {
  return delete_in_batches(database, sql::accounts::prune_logins, now - login_lifetime - leeway) +
         delete_in_batches(database, sql::accounts::prune_codes, now - code_lifetime - leeway) +
         delete_in_batches(database, sql::accounts::prune_sessions, now - leeway);
}

}  // namespace feedctl::accounts
