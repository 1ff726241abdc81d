#include "users/suspension.hpp"

#include "auth/auth.hpp"
#include "base/display_text.hpp"
#include "base/error.hpp"
#include "sql/users.hpp"
#include "users/queries.hpp"

namespace feedctl::users {

namespace {

void check_reason(const std::optional<std::string>& reason) {
  if (!reason) return;
  const auto fault = reason->empty() ? std::optional<std::string>("must not be empty")
                                     : validate_name(*reason, max_reason_length);
  if (fault)
    throw Error(ErrorCode::invalid_argument, "reason " + *fault)
        .with_field("/reason", "reason " + *fault);
}

store::Params& add_command_params(store::Params& params, const commands::Command& command) {
  params.add(command.key ? std::optional<std::int64_t>(command.key->user) : std::nullopt);
  return commands::add_key_params(params, command);
}

// The account as it is now, for a key whose command has run before.
Users::StateChange replayed_change(store::Database& database, Id id,
                                   const commands::Replay& replay) {
  auto account = queries::account_by_id(database, id);
  if (replay.status == 404 || !account) throw missing(id);
  return {*std::move(account), false, std::nullopt};
}

// The change of a row of suspend or reinstate; nullopt: a replay.
std::optional<Users::StateChange> read_change(const store::Row& row, Id id,
                                              const std::optional<commands::Replay>& replay) {
  if (replay) return std::nullopt;
  if (row.is_null(0)) throw missing(id);
  return Users::StateChange{queries::account_from_row(row), row.boolean(9), std::nullopt};
}

Users::EndedSignIns end_in(store::WriteTx& tx, Id id, const char* reason,
                           std::chrono::seconds max_token_ttl) {
  Users::EndedSignIns ended;
  // The user's row first, as sign-ins and a deletion lock it: no deadlock with these.
  ended.token_version = auth::revoke_tokens_of(tx, id, max_token_ttl);
  ended.sessions =
      tx.query(sql::users::end_sessions, store::params(id, reason)).single_row().integer(0);
  return ended;
}

}  // namespace

Error suspended(Id id) {
  return Error(ErrorCode::permission_denied,
               "the account of user " + std::to_string(id) + " is suspended");
}

void require_active(store::Database& database, Id id) {
  const auto rows = database.read(sql::users::is_suspended, store::params(id));
  if (rows.empty()) throw missing(id);
  if (rows.single_row().boolean(0)) throw suspended(id);
}

void throw_inactive(store::Database& database, Id id) {
  require_active(database, id);
  throw Error(ErrorCode::unavailable, "the account has just been reinstated, try again")
      .with_retry_after(std::chrono::seconds{1});
}

// Hidden and signed out by one transaction: no crash leaves a suspended account with its tokens.
Users::StateChange suspend(store::Database& database, Id id,
                           const std::optional<std::string>& reason,
                           std::chrono::seconds max_token_ttl, commands::Command& command) {
  check_reason(reason);
  auto params = store::params(id, reason);
  add_command_params(params, command);
  std::optional<commands::Replay> replay;
  const auto change = commands::retry_with_key(command, [&] {
    auto tx = database.write();
    const auto rows = tx.query(sql::users::suspend, params);
    replay = commands::read_replay(command, rows.single_row(), 10);
    if (!replay && rows.single_row().is_null(0) && command.key) tx.commit();  // keeps the 404
    auto made = read_change(rows.single_row(), id, replay);
    if (!made) return made;
    made->token_version = end_in(tx, id, "suspended", max_token_ttl).token_version;
    tx.commit();
    return made;
  });
  return change ? *change : replayed_change(database, id, *replay);
}

Users::StateChange reinstate(store::Database& database, Id id, commands::Command& command) {
  auto params = store::params(id);
  add_command_params(params, command);
  const auto rows = commands::retry_with_key(
      command, [&] { return database.execute(sql::users::reinstate, params); });
  const auto replay = commands::read_replay(command, rows.single_row(), 10);
  const auto change = read_change(rows.single_row(), id, replay);
  return change ? *change : replayed_change(database, id, *replay);
}

Users::EndedSignIns end_sign_ins(store::Database& database, Id id,
                                 std::chrono::seconds max_token_ttl) {
  auto tx = database.write();
  auto ended = end_in(tx, id, "revoked", max_token_ttl);
  tx.commit();
  return ended;
}

}  // namespace feedctl::users
