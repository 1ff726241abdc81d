#include "users/leave.hpp"

#include "sql/users.hpp"
#include "users/users.hpp"

namespace feedctl::users {

void leave(store::Database& database, Id account, commands::Command& command) {
  auto params = store::params(
      account, command.key ? std::optional<std::int64_t>(command.key->user) : std::nullopt);
  commands::add_key(params, command);
  const auto rows =
      commands::with_key(command, [&] { return database.command(sql::users::leave, params); });
  const auto row = rows.only();
  const auto replay = commands::settle(command, row, 1);
  if (replay ? replay->status == 404 : !row.boolean(0)) throw missing(account);
}

}  // namespace feedctl::users
