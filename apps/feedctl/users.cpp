// feedctl users create|token|promote|list|show. Those that suspend are in users_suspend.cpp, the
// tokens of many users in users_tokens.cpp.
#include "users/users.hpp"

#include <algorithm>
#include <limits>

#include "auth/auth.hpp"
#include "base/error.hpp"
#include "feedctl/cli/output.hpp"
#include "feedctl/cli/shell_actor.hpp"
#include "feedctl/runtime.hpp"
#include "feedctl/users_tokens.hpp"

namespace feedctl::cli {

namespace {

using feedctl::users::Account;
using feedctl::users::Role;
using feedctl::users::User;
using feedctl::users::Users;

constexpr std::chrono::milliseconds unset_ttl{-1};
const std::vector<std::string> roles{"user", "editor", "admin"};

struct UserOptions {
  std::string handle;
  std::string name;
  std::optional<std::string> role;
  bool create = false;
  std::chrono::milliseconds ttl = unset_ttl;
  std::optional<std::string> scopes;
  int limit = 50;
  std::optional<std::int64_t> sample;
};

Option& handle_option(Spec& spec, UserOptions& options) {
  return spec.value("--handle", "HANDLE", "the account's handle", &options.handle).required();
}

Option& role_option(Spec& spec, UserOptions& options, std::string help) {
  return spec.value("--role", "ROLE", std::move(help), &options.role).one_of(roles);
}

template <typename Value>
Cell cell_of(const std::optional<Value>& value) {
  return value ? Cell{*value} : Cell{};
}

Record record_of(const User& user) {
  Record record;
  record.add("id", Cell{user.id})
      .add("handle", Cell{user.handle})
      .add("name", Cell{user.name})
      .add("role", Cell{std::string(to_string(user.role))})
      .add("followers", Cell{user.followers})
      .add("following", Cell{user.following})
      .add("created_at", Cell{user.created_at});
  return record;
}

void print_user(const Runtime& runtime, const User& user) {
  record_of(user).print(runtime);
}

Account find_or_throw(Users& users, const std::string& handle) {
  if (auto account = users.find_account(handle)) return *std::move(account);
  throw Error(ErrorCode::not_found, "no user has the handle \"" + handle + "\"")
      .with_hint("create the account: feedctl users create --handle HANDLE");
}

User find_active_or_throw(Users& users, const std::string& handle) {
  auto account = find_or_throw(users, handle);
  if (!account.suspended_at) return std::move(account.user);
  throw feedctl::users::suspended(account.user.id)
      .with_hint("reinstate it: feedctl users reinstate --handle " + handle);
}

// With an entry in the audit log.
User create_audited(Users& users, const feedctl::users::NewUser& user) {
  commands::Command command;
  return users.create(user, command, shell_actor()).user.value();
}

User change_role(const Runtime& runtime, Users& users, Id id, Role role) {
  const auto ttl = std::chrono::floor<std::chrono::seconds>(runtime.config().auth.max_token_ttl);
  commands::Command command;
  return users.change_role(id, role, {.max_token_ttl = ttl}, command, shell_actor()).user;
}

int create(Runtime& runtime, const UserOptions& options) {
  Users users(runtime.database());
  const auto role = feedctl::users::parse_role(options.role.value_or("user"));
  try {
    print_user(runtime, create_audited(users, {options.handle, options.name, role}));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::conflict) throw;
    throw Error(ErrorCode::conflict, "the handle \"" + options.handle + "\" is taken")
        .with_hint("see whose it is: feedctl users show --handle " + options.handle);
  }
  return exit_ok;
}

int promote(Runtime& runtime, const UserOptions& options) {
  Users users(runtime.database());
  const auto user = find_or_throw(users, options.handle).user;
  const auto role = feedctl::users::parse_role(options.role.value());
  print_user(runtime, change_role(runtime, users, user.id, role));
  return exit_ok;
}

int show(Runtime& runtime, const UserOptions& options) {
  Users users(runtime.database());
  const auto account = find_or_throw(users, options.handle);
  record_of(account.user)
      .add("suspended_at", cell_of(account.suspended_at))
      .add("suspended_reason", cell_of(account.suspended_reason))
      .print(runtime);
  return exit_ok;
}

int list(Runtime& runtime, const UserOptions& options) {
  Table table(
      {"id", "handle", "role", "followers", "following", "created_at", "suspended_at", "name"});
  Users users(runtime.database());
  for (const auto& account : users.list(std::numeric_limits<Id>::max(), options.limit)) {
    const auto& user = account.user;
    table.add({user.id, user.handle, std::string(to_string(user.role)), user.followers,
               user.following, user.created_at, cell_of(account.suspended_at), user.name});
  }
  table.print(runtime);
  return exit_ok;
}

// Returns the account; creates it or changes its role if the options say so.
User account_for_token(const Runtime& runtime, Users& users, const UserOptions& options) {
  const Role role = options.role ? feedctl::users::parse_role(*options.role) : Role::user;
  auto user = users.find(options.handle);
  if (!user && options.create) {
    try {
      user = create_audited(users, {options.handle, "", role});
    } catch (const Error& error) {
      if (error.code() != ErrorCode::conflict) throw;  // another process has just created it
    }
  }
  if (!user) user = find_active_or_throw(users, options.handle);
  if (options.role && user->role != role) user = change_role(runtime, users, user->id, role);
  return *std::move(user);
}

// "read,write" -> the two scopes.
auth::Scopes parse_scope_option(std::string list) {
  std::replace(list.begin(), list.end(), ',', ' ');
  if (const auto scopes = http::parse_scopes(list)) return *scopes;
  throw Error(ErrorCode::usage, "--scope takes read, write and admin, separated by commas")
      .with_hint("for example --scope read,write");
}

void check_token_options(const UserOptions& options) {
  if (options.sample) {
    if (options.handle.empty() && !options.create && !options.role) return;
    throw Error(ErrorCode::usage,
                "--sample chooses users itself, without --handle, --create, --role");
  }
  if (options.handle.empty())
    throw Error(ErrorCode::usage, "needs --handle HANDLE, or --sample N for users of its choice")
        .with_hint("`feedctl users token --help` shows what it takes");
}

int token(Runtime& runtime, const UserOptions& options) {
  check_token_options(options);
  const auto& config = runtime.config().auth;
  auth::Options how;
  how.issuer = config.issuer;
  how.max_token_ttl = std::chrono::floor<std::chrono::seconds>(config.max_token_ttl);
  auth::Auth auth(how, runtime.database());
  const auto wanted = options.ttl == unset_ttl ? config.token_ttl : options.ttl;
  const auto ttl = std::chrono::floor<std::chrono::seconds>(wanted);
  auth.check_ttl(ttl);
  const auto scopes = options.scopes ? parse_scope_option(*options.scopes) : auth::Scopes::all();

  Users users(runtime.database());
  if (options.sample)
    return print_sample_tokens(runtime, users, auth,
                               {static_cast<int>(*options.sample), scopes, ttl});
  const auto user = account_for_token(runtime, users, options);
  const auto text = auth.issue({user.id, scopes, std::nullopt, ttl});
  if (runtime.common().format() == OutputFormat::table) {
    runtime.print(text + "\n");
    return exit_ok;
  }
  const auto claims = auth.verify(text);
  Record()
      .add("token", Cell{text})
      .add("expires_at", Cell{claims.expires_at})
      .add("scope", Cell{to_string(claims.scopes)})
      .add("user_id", Cell{user.id})
      .add("handle", Cell{user.handle})
      .add("role", Cell{std::string(to_string(user.role))})
      .print(runtime);
  return exit_ok;
}

}  // namespace

CommandFn users_create(Spec& spec) {
  auto options = std::make_shared<UserOptions>();
  spec.about("If auth.mode is required, this is the way to create the first admin.");
  spec.example("an account", "feedctl users create --handle ada --name \"Ada Lovelace\"");
  spec.example("the first admin", "feedctl users create --handle root --role admin");
  handle_option(spec, *options).help = "1 to 32 lowercase letters, digits and underscores";
  spec.value("--name", "NAME", "display name, up to 100 characters", &options->name).allow_empty();
  role_option(spec, *options, "its role").shown_default("user");
  spec.offer_dry_run();
  spec.see_also({"users token", "users promote"});
  return [options](Runtime& runtime) { return create(runtime, *options); };
}

CommandFn users_token(Spec& spec) {
  auto options = std::make_shared<UserOptions>();
  spec.about(
      "Send the token as Authorization: Bearer TOKEN. It names the role that the account has now, "
      "and belongs to no session. With --sample it prints a list of {user_id, token}.");
  spec.example("act as ada for ten minutes", "feedctl users token --handle ada --ttl 10m");
  spec.example("an admin's token; creates the account if needed",
               "feedctl users token --handle root --create --role admin");
  spec.example("for a script that only reads", "feedctl users token --handle ada --scope read");
  spec.example("of a thousand users, for feedctl loadtest",
               "feedctl users token --sample 1000 --ttl 1h -o jsonl > tokens.jsonl");
  spec.value("--handle", "HANDLE", "the account's handle", &options->handle);
  spec.value("--sample", "N", "instead: tokens of so many random users, no editors or admins",
             &options->sample)
      .between(1, 100'000);
  spec.flag("--create", "create the account if there is none", &options->create);
  role_option(spec, *options, "give the account this role first");
  spec.value("--ttl", "DURATION", "how long it is valid, at most auth.max_token_ttl", &options->ttl)
      .shown_default("auth.token_ttl");
  spec.value("--scope", "LIST", "what it allows: read, write, admin, separated by commas",
             &options->scopes)
      .shown_default("all that the role allows");
  spec.see_also({"users create", "users promote", "loadtest"});
  return [options](Runtime& runtime) { return token(runtime, *options); };
}

CommandFn users_promote(Spec& spec) {
  auto options = std::make_shared<UserOptions>();
  spec.about(
      "Admin routes check the role in the database: a former admin is refused at once, and a new "
      "admin needs a new token. Servers refuse the tokens of who loses a role within a second; "
      "sessions stay and get new ones. The audit log gets an entry.");
  spec.example("make ada an admin", "feedctl users promote --handle ada --role admin");
  spec.example("make ada a user again", "feedctl users promote --handle ada --role user");
  handle_option(spec, *options);
  role_option(spec, *options, "the new role").required();
  spec.offer_dry_run();
  spec.see_also({"users show", "audit"});
  return [options](Runtime& runtime) { return promote(runtime, *options); };
}

CommandFn users_list(Spec& spec) {
  auto options = std::make_shared<UserOptions>();
  spec.example("the fifty newest accounts", "feedctl users list");
  spec.value("-n,--limit", "N", "at most this many, the newest first", &options->limit)
      .between(1, 100000);
  return [options](Runtime& runtime) { return list(runtime, *options); };
}

CommandFn users_show(Spec& spec) {
  auto options = std::make_shared<UserOptions>();
  spec.example("one account", "feedctl users show --handle ada");
  handle_option(spec, *options);
  return [options](Runtime& runtime) { return show(runtime, *options); };
}

}  // namespace feedctl::cli
