#include "users/suspension.hpp"

#include "auth/auth.hpp"
#include "base/display_text.hpp"
#include "base/error.hpp"
#include "sql/users.hpp"
#include "users/queries.hpp"
#include "users/role_change.hpp"

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
  return Users::StateChange{queries::account_from_row(row), row.boolean(10), std::nullopt};
}

std::string object_of(Id id) {
  return "user:" + std::to_string(id);
}

std::string suspended_json(bool is_suspended, const std::optional<std::string>& reason = {}) {
  std::string out;
  json::Writer writer(out);
  writer.open_object().boolean("suspended", is_suspended);
  if (reason) writer.text("reason", *reason);
  writer.close_object();
  return out;
}

// Whoever gives a new reason changes something, too.
std::optional<audit::Entry> suspension_entry(Id id, const Users::StateChange& change,
                                             const std::optional<std::string>& reason) {
  if (!change.changed && !reason) return std::nullopt;
  return audit::Entry{"user.suspend", object_of(id), suspended_json(!change.changed),
                      suspended_json(true, reason)};
}

std::optional<audit::Entry> reinstatement_entry(Id id, const store::Row& row) {
  if (row.is_null(0) || !row.boolean(10)) return std::nullopt;
  return audit::Entry{"user.reinstate", object_of(id), suspended_json(true), suspended_json(false)};
}

audit::Entry ended_entry(Id id, const Users::EndedSignIns& ended) {
  std::string after;
  json::Writer(after).open_object().integer("sessions_ended", ended.sessions).close_object();
  return {"user.end_sessions", object_of(id), std::nullopt, after};
}

Users::EndedSignIns end_in(store::WriteTx& tx, Id id, const char* reason,
                           std::chrono::seconds max_token_ttl) {
  Users::EndedSignIns ended;
  // First the user's row, as a sign-in does: its lock makes a sign-in that is under way visible.
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
                           std::chrono::seconds max_token_ttl, commands::Command& command,
                           const std::optional<audit::Actor>& by) {
  check_reason(reason);
  auto params = store::params(id, reason);
  queries::add_command_params(params, command);
  std::optional<commands::Replay> replay;
  const auto change = commands::retry_with_key(command, [&] {
    auto tx = database.write();
    if (by && by->user) require_other_admin(tx, id);
    const auto rows = tx.query(sql::users::suspend, params);
    replay = commands::read_replay(command, rows.single_row(), 11);
    if (!replay && rows.single_row().is_null(0) && command.key) tx.commit();  // keeps the 404
    auto made = read_change(rows.single_row(), id, replay);
    if (!made) return made;
    made->token_version = end_in(tx, id, "suspended", max_token_ttl).token_version;
    const auto entry = suspension_entry(id, *made, reason);
    if (by && entry) audit::append(tx, *by, *entry);
    tx.commit();
    return made;
  });
  return change ? *change : replayed_change(database, id, *replay);
}

Users::StateChange reinstate(store::Database& database, Id id, commands::Command& command,
                             const std::optional<audit::Actor>& by) {
  auto params = store::params(id);
  queries::add_command_params(params, command);
  const auto rows =
      queries::run_keyed(database, sql::users::reinstate, params, command, by,
                         [&](const store::Row& row) { return reinstatement_entry(id, row); });
  const auto replay = commands::read_replay(command, rows.single_row(), 11);
  const auto change = read_change(rows.single_row(), id, replay);
  return change ? *change : replayed_change(database, id, *replay);
}

Users::EndedSignIns end_sign_ins(store::Database& database, Id id,
                                 std::chrono::seconds max_token_ttl,
                                 const std::optional<audit::Actor>& by) {
  auto tx = database.write();
  auto ended = end_in(tx, id, "revoked", max_token_ttl);
  if (by) audit::append(tx, *by, ended_entry(id, ended));
  tx.commit();
  return ended;
}

}  // namespace feedctl::users
