#include "auth/role_query.hpp"

#include "sql/auth.hpp"

namespace feedctl::auth {

std::optional<std::string> load_role(store::Database& database, Id user_id) {
  const auto rows = database.read(sql::auth::role, store::params(user_id));
  if (rows.empty()) return std::nullopt;
  return std::string(rows[0].text(0));
}

}  // namespace feedctl::auth
