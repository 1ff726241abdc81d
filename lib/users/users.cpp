#include "users/users.hpp"

#include <algorithm>
#include <utility>

#include "base/error.hpp"
#include "base/shown_text.hpp"
#include "users/leave.hpp"
#include "users/rows.hpp"

namespace feedctl::users {

namespace {

// Two users of one millisecond share an id only where the sequence went round in between.
constexpr int create_attempts = 5;

constexpr std::pair<Role, std::string_view> role_names[] = {
    {Role::user, "user"}, {Role::editor, "editor"}, {Role::admin, "admin"}};

Error refuse(const std::string& member, const std::string& why) {
  return Error(ErrorCode::invalid_argument, why).with_field("/" + member, why);
}

bool valid_handle(std::string_view handle) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !handle.empty() && handle.size() <= max_handle &&
         std::all_of(handle.begin(), handle.end(), allowed);
}

void check_handle(std::string_view handle) {
  if (valid_handle(handle)) return;
  throw refuse("handle",
               "handle must be 1 to 32 characters of lowercase letters, digits and underscores");
}

void check_name(std::string_view name) {
  if (const auto fault = fault_in_name(name, max_name)) throw refuse("name", "name " + *fault);
}

bool id_was_taken(const store::SqlError& error) {
  return error.sqlstate() == "23505" && error.constraint() == "users_pkey";
}

Error handle_taken() {
  return Error(ErrorCode::conflict, "handle is taken").with_field("/handle", "handle is taken");
}

Error missing(std::string_view handle) {
  // What is no handle is nobody's, and is not repeated.
  if (!valid_handle(handle)) return Error(ErrorCode::not_found, "no user has such a handle");
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

Role role_of(std::string_view word) {
  for (const auto& [role, name] : role_names) {
    if (name == word) return role;
  }
  throw refuse("role", "role must be user, editor or admin");
}

void append_json(json::Writer& writer, const User& user) {
  writer.open_object().integer("id", user.id);
  writer.text("handle", user.handle).text("name", user.name).null("avatar");
  writer.integer("followers", user.followers).integer("following", user.following);
  writer.text("created_at", rfc3339(user.created_at)).close_object();
}

// The account that the key's first command answered, as it stands.
Users::Outcome Users::as_before(const commands::Replay& replay) {
  const auto id = replay.result.value_or(0);
  return {id, rows::by_id(database_, id)};
}

Users::Outcome Users::create(const NewUser& user, commands::Command& command) {
  check_handle(user.handle);
  check_name(user.name);
  for (int attempt = 1;; ++attempt) {
    try {
      auto made = rows::create(database_, user, command);
      if (made.replay && made.replay->status == 201) return as_before(*made.replay);
      if (!made.user) throw handle_taken();
      const auto id = made.user->id;
      return {id, std::move(made.user)};
    } catch (const store::SqlError& error) {
      if (!id_was_taken(error) || attempt == create_attempts) throw;
    }
  }
}

User Users::create(const NewUser& user) {
  commands::Command command;
  return create(user, command).user.value();
}

User Users::get(Id id) {
  if (auto user = rows::by_id(database_, id)) return *std::move(user);
  throw missing(id);
}

User Users::get(std::string_view handle) {
  if (auto user = find(handle)) return *std::move(user);
  throw missing(handle);
}

std::optional<User> Users::find(std::string_view handle) {
  if (!valid_handle(handle)) return std::nullopt;
  return rows::by_handle(database_, handle);
}

std::vector<User> Users::list(Id before, int limit) {
  return rows::list(database_, before, limit);
}

Users::Outcome Users::set_name(Id id, const std::optional<std::string>& name,
                               commands::Command& command) {
  if (name) check_name(*name);
  auto changed = rows::change(database_, id, name, std::nullopt, command);
  if (changed.replay && changed.replay->status == 200) return as_before(*changed.replay);
  if (!changed.user) throw missing(id);
  return {id, std::move(changed.user)};
}

User Users::set_name(Id id, const std::string& name) {
  commands::Command command;
  return set_name(id, name, command).user.value();
}

User Users::set_role(Id id, Role role) {
  commands::Command command;
  if (auto changed = rows::change(database_, id, std::nullopt, to_string(role), command);
      changed.user) {
    return *std::move(changed.user);
  }
  throw missing(id);
}

void Users::leave(Id id, commands::Command& command) {
  users::leave(database_, id, command);
}

}  // namespace feedctl::users
