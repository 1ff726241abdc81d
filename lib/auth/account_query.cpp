#include "auth/account_query.hpp"

#include "sql/auth.hpp"

namespace feedctl::auth {

std::optional<Account> load_account(store::Database& database, Id user_id) {
  const auto rows = database.read(sql::auth::account, store::params(user_id));
  if (rows.empty()) return std::nullopt;
  return Account{std::string(rows[0].text(0)), static_cast<std::int32_t>(rows[0].integer(1))};
}

}  // namespace feedctl::auth
