#include "users/role_change.hpp"

#include "auth/auth.hpp"
#include "base/error.hpp"
#include "sql/users.hpp"
#include "users/queries.hpp"

namespace feedctl::users {

namespace {

std::string role_json(Role role) {
  std::string out;
  json::Writer(out).open_object().text("role", to_string(role)).close_object();
  return out;
}

audit::Entry role_entry(Id id, Role before, Role after) {
  return {"user.role", "user:" + std::to_string(id), role_json(before), role_json(after)};
}

std::optional<Role> lock_role(store::WriteTx& tx, Id id) {
  const auto rows = tx.query(sql::users::lock_role, store::params(id));
  if (rows.empty()) return std::nullopt;
  return parse_role(rows.single_row().text(0));
}

// The account as it is now, for a key whose command has run before.
Users::RoleChange replayed_change(store::Database& database, Id id,
                                  const commands::Replay& replay) {
  auto account = queries::account_by_id(database, id);
  if (replay.status == 404 || !account) throw missing(id);
  return {std::move(account->user), std::nullopt};
}

}  // namespace

void require_other_admin(store::WriteTx& tx, Id id) {
  const auto admins = tx.query(sql::users::lock_admins);
  if (admins.size() == 1 && admins[0].integer(0) == id) {
    throw Error(ErrorCode::conflict,
                "user " + std::to_string(id) + " is the last admin: make another user admin first");
  }
}

Users::RoleChange change_role(store::Database& database, Id id, Role role,
                              const Users::RoleRules& rules, commands::Command& command,
                              const std::optional<audit::Actor>& by) {
  std::optional<commands::Replay> replay;
  const auto change = commands::retry_with_key(command, [&]() -> std::optional<Users::RoleChange> {
    auto tx = database.write();
    if (rules.keeps_admin && role != Role::admin) require_other_admin(tx, id);
    const auto before = lock_role(tx, id);
    auto changed = queries::change_role(tx, id, to_string(role), command);
    replay = changed.replay;
    if (!replay && !changed.user && command.key) tx.commit();  // keeps the 404
    if (replay) return std::nullopt;
    if (!changed.user || !before) throw missing(id);
    Users::RoleChange made{*std::move(changed.user), std::nullopt};
    if (role < *before) made.token_version = auth::revoke_tokens_of(tx, id, rules.max_token_ttl);
    if (role != *before && by) audit::append(tx, *by, role_entry(id, *before, role));
    tx.commit();
    return made;
  });
  return change ? *change : replayed_change(database, id, *replay);
}

}  // namespace feedctl::users
