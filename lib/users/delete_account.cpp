#include "users/delete_account.hpp"

#include "sql/users.hpp"
#include "users/queries.hpp"
#include "users/role_change.hpp"

namespace feedctl::users {

void delete_account(store::Database& database, Id account, commands::Command& command,
                    bool even_suspended, const std::optional<audit::Actor>& by) {
  auto params = store::params(account);
  queries::add_command_params(params, command).add(even_suspended);
  const auto entry_of = [&](const store::Row& row) -> std::optional<audit::Entry> {
    if (!row.boolean(0)) return std::nullopt;
    return audit::Entry{"user.delete", "user:" + std::to_string(account), {}, {}};
  };
  const auto check = [&](store::WriteTx& tx) {
    if (by->user) require_other_admin(tx, account);
  };
  const auto rows =
      queries::run_keyed(database, sql::users::leave, params, command, by, entry_of, check);
  const auto row = rows.single_row();
  const auto replay = commands::read_replay(command, row, 1);
  if (replay ? replay->status != 404 : row.boolean(0)) return;
  if (replay) throw missing(account);
  throw_inactive(database, account);
}

}  // namespace feedctl::users
