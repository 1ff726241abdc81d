// feedctl users suspend|reinstate|revoke. Running servers learn of each from the database.
#include "base/error.hpp"
#include "feedctl/cli/output.hpp"
#include "feedctl/cli/shell_actor.hpp"
#include "feedctl/runtime.hpp"
#include "users/users.hpp"

namespace feedctl::cli {

namespace {

using feedctl::users::Account;
using feedctl::users::Users;

struct SuspendOptions {
  std::string handle;
  std::optional<std::string> reason;
};

Id find_id(Users& users, const std::string& handle) {
  if (const auto account = users.find_account(handle)) return account->user.id;
  throw Error(ErrorCode::not_found, "no user has the handle \"" + handle + "\"")
      .with_hint("list the accounts: feedctl users list");
}

std::chrono::seconds max_token_ttl(const Runtime& runtime) {
  return std::chrono::floor<std::chrono::seconds>(runtime.config().auth.max_token_ttl);
}

void print_change(const Runtime& runtime, const Users::StateChange& change) {
  const auto& account = change.account;
  Record()
      .add("id", Cell{account.user.id})
      .add("handle", Cell{account.user.handle})
      .add("changed", Cell{change.changed})
      .add("suspended_at", account.suspended_at ? Cell{*account.suspended_at} : Cell{})
      .add("suspended_reason", account.suspended_reason ? Cell{*account.suspended_reason} : Cell{})
      .print(runtime);
}

int suspend(Runtime& runtime, const SuspendOptions& options) {
  Users users(runtime.database());
  commands::Command command;
  print_change(runtime, users.suspend(find_id(users, options.handle), options.reason,
                                      max_token_ttl(runtime), command, shell_actor()));
  return exit_ok;
}

int reinstate(Runtime& runtime, const SuspendOptions& options) {
  Users users(runtime.database());
  commands::Command command;
  print_change(runtime, users.reinstate(find_id(users, options.handle), command, shell_actor()));
  return exit_ok;
}

int revoke(Runtime& runtime, const SuspendOptions& options) {
  Users users(runtime.database());
  const auto id = find_id(users, options.handle);
  const auto ended = users.end_sign_ins(id, max_token_ttl(runtime), shell_actor());
  Record()
      .add("id", Cell{id})
      .add("handle", Cell{options.handle})
      .add("sessions_ended", Cell{ended.sessions})
      .add("token_version", Cell{std::int64_t{ended.token_version}})
      .print(runtime);
  return exit_ok;
}

void add_handle(Spec& spec, SuspendOptions& options) {
  spec.value("--handle", "HANDLE", "the account's handle", &options.handle).required();
}

}  // namespace

CommandFn users_suspend(Spec& spec) {
  auto options = std::make_shared<SuspendOptions>();
  spec.about(
      "Nobody sees the account or its posts any more, its sessions end, its tokens are refused, "
      "and it cannot act. Its handle stays taken and nothing is deleted: users reinstate undoes "
      "it. Counts of likes and followers stay as they are.");
  spec.example("hide what a spammer wrote",
               "feedctl users suspend --handle eve --reason \"link spam\"");
  add_handle(spec, *options);
  spec.value("--reason", "TEXT", "why, for other operators; up to 500 characters",
             &options->reason);
  spec.offer_dry_run();
  spec.see_also({"users reinstate", "users revoke", "audit"});
  return [options](Runtime& runtime) { return suspend(runtime, *options); };
}

CommandFn users_reinstate(Spec& spec) {
  auto options = std::make_shared<SuspendOptions>();
  spec.about("The account must sign in again: its sessions from before have ended.");
  spec.example("undo a suspension", "feedctl users reinstate --handle eve");
  add_handle(spec, *options);
  spec.offer_dry_run();
  spec.see_also({"users suspend"});
  return [options](Runtime& runtime) { return reinstate(runtime, *options); };
}

CommandFn users_revoke(Spec& spec) {
  auto options = std::make_shared<SuspendOptions>();
  spec.about(
      "For a lost device or a leaked token. Servers refuse the tokens within a second; the account "
      "can sign in again at once.");
  spec.example("sign ada out everywhere", "feedctl users revoke --handle ada");
  add_handle(spec, *options);
  spec.offer_dry_run();
  spec.see_also({"users suspend", "users token"});
  return [options](Runtime& runtime) { return revoke(runtime, *options); };
}

}  // namespace feedctl::cli
