#include "accounts/accounts.hpp"

#include "sql/accounts.hpp"

namespace feedctl::accounts {

bool Accounts::is_handle_proposed(Id user) {
  const auto rows = database_.read(sql::accounts::is_handle_proposed, store::params(user));
  return !rows.empty() && rows[0].boolean(0);
}

}  // namespace feedctl::accounts
