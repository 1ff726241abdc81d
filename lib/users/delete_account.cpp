#include "users/delete_account.hpp"

#include "sql/users.hpp"
#include "users/users.hpp"

namespace feedctl::users {

void delete_account(store::Database& database, Id account, commands::Command& command,
                    bool even_suspended) {
  auto params = store::params(
      account, command.key ? std::optional<std::int64_t>(command.key->user) : std::nullopt);
  commands::add_key_params(params, command);
  params.add(even_suspended);
  const auto rows = commands::retry_with_key(
      command, [&] { return database.execute(sql::users::leave, params); });
  const auto row = rows.single_row();
  const auto replay = commands::read_replay(command, row, 1);
  if (replay ? replay->status != 404 : row.boolean(0)) return;
  if (replay) throw missing(account);
  throw_inactive(database, account);
}

}  // namespace feedctl::users
