#pragma once
// User accounts: a unique handle, a display name, a role. create(), change() and set_role() each
// run one statement, which also writes the event. Thread-safe.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/json_writer.hpp"
#include "base/time.hpp"
#include "commands/command.hpp"
#include "store/database.hpp"

namespace feedctl::users {

inline constexpr std::size_t max_handle_length = 32;
inline constexpr std::size_t max_name_length = 100;  // code points

enum class Role { user, editor, admin };
std::string_view to_string(Role role);
// Error(invalid_argument) for any other word.
Role parse_role(std::string_view word);

struct User {
  Id id = 0;
  std::string handle;
  std::string name;
  Role role = Role::user;
  std::int64_t followers = 0;
  std::int64_t following = 0;
  Time created_at;
};

// The form that every endpoint sends: without the role.
void append_json(json::Writer& writer, const User& user);
// Reads the columns of sql/queries/users/*.sql, from column `first` on.
User from_row(const store::Row& row, int first = 0);

Error missing(Id id);  // "User with id N not found"

struct NewUser {
  std::string handle;
  std::string name = {};
  Role role = Role::user;
};

// What a user may change of the own account; nullopt: it stays.
struct ProfileChange {
  std::optional<std::string> name = {};
  std::optional<std::string> handle = {};
};

class Users {
 public:
  explicit Users(store::Database& database) : database_(database) {}

  // create(): Error(invalid_argument) for an invalid handle or name, Error(conflict) if the handle
  // is taken. With a key: see commands/command.hpp.
  struct UserResult {
    Id id = 0;
    std::optional<User> user;  // nullopt: a replay of an account that was deleted since
  };
  UserResult create(const NewUser& user, commands::Command& command);
  User create(const NewUser& user);  // without a key
  // Error(not_found), as change() and set_role().
  User get(Id id);
  User get(std::string_view handle);
  std::optional<User> find(std::string_view handle);
  // Newest first, those with ids below `before`.
  std::vector<User> list(Id before, int limit);
  // A handle that the server proposed at the first sign-in may be changed once:
  // Error(permission_denied) for any other, Error(conflict) if it is taken. Then nothing changes.
  UserResult change(Id id, const ProfileChange& profile, commands::Command& command);
  User set_role(Id id, Role role);
  // See users/delete_account.hpp.
  void delete_account(Id id, commands::Command& command);

 private:
  UserResult replayed_result(const commands::Replay& replay);

  store::Database& database_;
};

}  // namespace feedctl::users
