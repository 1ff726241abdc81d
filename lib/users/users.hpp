#pragma once
// Accounts: a handle that is taken once, a display name, a role. Creating one and changing one each
// is one statement that also writes its event. Thread-safe.
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

inline constexpr std::size_t max_handle = 32;
inline constexpr std::size_t max_name = 100;  // code points

enum class Role { user, editor, admin };
std::string_view to_string(Role role);
// Error(invalid_argument) for any other word.
Role role_of(std::string_view word);

struct User {
  Id id = 0;
  std::string handle;
  std::string name;
  Role role = Role::user;
  std::int64_t followers = 0;
  std::int64_t following = 0;
  Time created_at;
};

// As every endpoint shows it: without the role, which is nobody else's business.
void append_json(json::Writer& writer, const User& user);
// Reads the columns of sql/queries/users/*.sql, from column `first` on.
User from_row(const store::Row& row, int first = 0);

Error missing(Id id);  // "User with id N not found"

struct NewUser {
  std::string handle;
  std::string name = {};
  Role role = Role::user;
};

class Users {
 public:
  explicit Users(store::Database& database) : database_(database) {}

  // Error(invalid_argument) for a handle or a name that will not do, Error(conflict) for a handle
  // that is taken. With a key: see commands/command.hpp.
  struct Outcome {
    Id id = 0;
    std::optional<User> user;  // nullopt: a replay, and the account is gone since
  };
  Outcome create(const NewUser& user, commands::Command& command);
  User create(const NewUser& user);  // without a key
  // Error(not_found), as set_name and set_role.
  User get(Id id);
  User get(std::string_view handle);
  std::optional<User> find(std::string_view handle);
  // Newest first, those with ids below `before`.
  std::vector<User> list(Id before, int limit);
  User set_name(Id id, const std::string& name);
  // With a key; without a name nothing changes.
  Outcome set_name(Id id, const std::optional<std::string>& name, commands::Command& command);
  User set_role(Id id, Role role);
  // See users/leave.hpp.
  void leave(Id id, commands::Command& command);

 private:
  Outcome as_before(const commands::Replay& replay);

  store::Database& database_;
};

}  // namespace feedctl::users
