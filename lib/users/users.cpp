#include "users/users.hpp"

#include <algorithm>
#include <utility>

#include "base/display_text.hpp"
#include "base/error.hpp"
#include "media/media.hpp"
#include "store/sqlstate.hpp"
#include "users/account_search.hpp"
#include "users/delete_account.hpp"
#include "users/queries.hpp"
#include "users/reserved_handles.hpp"
#include "users/role_change.hpp"
#include "users/suspension.hpp"

namespace feedctl::users {

namespace {

// Two users of one millisecond share an id only if the sequence wrapped around in between.
constexpr int create_attempts = 5;

constexpr std::pair<Role, std::string_view> role_names[] = {
    {Role::user, "user"}, {Role::editor, "editor"}, {Role::admin, "admin"}};

Error refuse(const std::string& member, const std::string& why) {
  return Error(ErrorCode::invalid_argument, why).with_field("/" + member, why);
}

bool is_valid_handle(std::string_view handle) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !handle.empty() && handle.size() <= max_handle_length &&
         std::all_of(handle.begin(), handle.end(), allowed);
}

void check_handle(std::string_view handle) {
  if (is_valid_handle(handle)) return;
  throw refuse("handle",
               "handle must be 1 to 32 characters of lowercase letters, digits and underscores");
}

void check_name(std::string_view name) {
  if (const auto fault = validate_name(name, max_name_length))
    throw refuse("name", "name " + *fault);
}

bool is_duplicate_id(const store::SqlError& error) {
  return error.sqlstate() == store::sqlstate::unique_violation &&
         error.constraint() == "users_pkey";
}

Error handle_taken_error() {
  return Error(ErrorCode::conflict, "handle is taken").with_field("/handle", "handle is taken");
}

Error handle_reserved_error() {
  constexpr auto why = "the handle is reserved: choose one that does not look official";
  return Error(ErrorCode::conflict, why).with_field("/handle", why);
}

Error handle_fixed_error() {
  constexpr auto why = "the handle cannot be changed: only one that the server proposed can, once";
  return Error(ErrorCode::permission_denied, why).with_field("/handle", why);
}

bool is_handle_taken(const store::SqlError& error) {
  return error.sqlstate() == store::sqlstate::unique_violation &&
         error.constraint() == "users_handle_key";
}

void check_refusal(const queries::ChangeRow& changed, const ProfileChange& profile) {
  const auto status = changed.replay ? changed.replay->status : 0;
  if (changed.refusal == "fixed" || status == 403) throw handle_fixed_error();
  if (changed.refusal != "taken" && status != 409) return;
  throw is_reserved_handle(profile.handle.value_or("")) ? handle_reserved_error()
                                                        : handle_taken_error();
}

Error missing(std::string_view handle) {
  // An invalid handle is not repeated in the message.
  if (!is_valid_handle(handle)) return Error(ErrorCode::not_found, "no user has such a handle");
  return Error(ErrorCode::not_found, "User with handle " + std::string(handle) + " not found");
}

}  // namespace

Error missing(Id id) {
  return Error(ErrorCode::not_found, "User with id " + std::to_string(id) + " not found");
}

std::string_view to_string(Role role) {
  for (const auto& [known, name] : role_names) {
    if (known == role) return name;
  }
  return "";
}

Role parse_role(std::string_view word) {
  for (const auto& [role, name] : role_names) {
    if (name == word) return role;
  }
  throw refuse("role", "role must be user, editor or admin");
}

void append_json(json::Writer& writer, const User& user) {
  writer.open_object().integer("id", user.id);
  writer.text("handle", user.handle).text("name", user.name);
  media::append_avatar(writer, "avatar", user.avatar);
  writer.integer("followers", user.followers).integer("following", user.following);
  writer.text("created_at", rfc3339(user.created_at)).close_object();
}

User from_row(const store::Row& row, int first) {
  User user;
  user.id = row.integer(first);
  user.handle = row.text(first + 1);
  user.name = row.text(first + 2);
  user.role = parse_role(row.text(first + 3));
  user.followers = row.integer(first + 4);
  user.following = row.integer(first + 5);
  user.created_at = row.time(first + 6);
  user.avatar = row.maybe_integer(first + 7);
  return user;
}

// The account that the key's first command returned, as it is now.
Users::UserResult Users::replayed_result(const commands::Replay& replay) {
  const auto id = replay.result_id.value_or(0);
  return {id, queries::by_id(database_, id)};
}

Users::UserResult Users::create(const NewUser& user, commands::Command& command,
                                const std::optional<audit::Actor>& by) {
  check_handle(user.handle);
  check_name(user.name);
  for (int attempt = 1;; ++attempt) {
    try {
      auto made = queries::create(database_, user, command, by);
      if (made.replay && made.replay->status == 201) return replayed_result(*made.replay);
      if (!made.user) throw handle_taken_error();
      const auto id = made.user->id;
      return {id, std::move(made.user)};
    } catch (const store::SqlError& error) {
      if (!is_duplicate_id(error) || attempt == create_attempts) throw;
    }
  }
}

User Users::create(const NewUser& user) {
  commands::Command command;
  return create(user, command).user.value();
}

User Users::get(Id id) {
  if (auto user = queries::by_id(database_, id)) return *std::move(user);
  throw missing(id);
}

User Users::get(std::string_view handle) {
  if (auto user = find(handle)) return *std::move(user);
  throw missing(handle);
}

std::optional<User> Users::find(std::string_view handle) {
  if (!is_valid_handle(handle)) return std::nullopt;
  return queries::by_handle(database_, handle);
}

std::optional<Account> Users::find_account(std::string_view handle) {
  if (!is_valid_handle(handle)) return std::nullopt;
  return queries::account_by_handle(database_, handle);
}

Account Users::get_account(Id id) {
  if (auto account = queries::account_by_id(database_, id)) return *std::move(account);
  throw missing(id);
}

std::vector<Account> Users::list(Id before, int limit) {
  return queries::list(database_, before, limit);
}

std::vector<Id> Users::sample(int limit) {
  return queries::sample(database_, limit);
}

Users::AccountPage Users::find_accounts(const AccountFilter& filter, Id before, int limit) {
  return users::find_accounts(database_, filter, before, limit);
}

Users::UserResult Users::change(Id id, const ProfileChange& profile, commands::Command& command,
                                const std::optional<audit::Actor>& by) {
  if (profile.name) check_name(*profile.name);
  if (profile.handle) check_handle(*profile.handle);
  try {
    auto changed = queries::change(database_, id, profile, command, by);
    check_refusal(changed, profile);
    if (changed.replay && changed.replay->status == 200) return replayed_result(*changed.replay);
    if (changed.replay) throw missing(id);
    if (!changed.user) throw_inactive(database_, id);
    return {id, std::move(changed.user)};
  } catch (const store::SqlError& error) {
    if (is_handle_taken(error)) throw handle_taken_error();  // by a command of this moment
    throw;
  }
}

Users::RoleChange Users::change_role(Id id, Role role, const RoleRules& rules,
                                     commands::Command& command,
                                     const std::optional<audit::Actor>& by) {
  return users::change_role(database_, id, role, rules, command, by);
}

User Users::set_role(Id id, Role role) {
  commands::Command command;
  return change_role(id, role, {}, command).user;
}

void Users::delete_account(Id id, commands::Command& command, bool even_suspended,
                           const std::optional<audit::Actor>& by) {
  users::delete_account(database_, id, command, even_suspended, by);
}

Users::StateChange Users::suspend(Id id, const std::optional<std::string>& reason,
                                  std::chrono::seconds max_token_ttl, commands::Command& command,
                                  const std::optional<audit::Actor>& by) {
  return users::suspend(database_, id, reason, max_token_ttl, command, by);
}

Users::StateChange Users::reinstate(Id id, commands::Command& command,
                                    const std::optional<audit::Actor>& by) {
  return users::reinstate(database_, id, command, by);
}

Users::EndedSignIns Users::end_sign_ins(Id id, std::chrono::seconds max_token_ttl,
                                        const std::optional<audit::Actor>& by) {
  return users::end_sign_ins(database_, id, max_token_ttl, by);
}

}  // namespace feedctl::users
