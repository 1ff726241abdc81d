#pragma once
// User accounts: a unique handle, a display name, a role. A change and its event commit together;
// so does the audit entry of a change by an administrator, whom the functions call `by`. They write
// no entry without one. Thread-safe.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/audit.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/json_writer.hpp"
#include "base/time.hpp"
#include "commands/command.hpp"
#include "store/database.hpp"

namespace feedctl::users {

inline constexpr std::size_t max_handle_length = 32;
inline constexpr std::size_t max_name_length = 100;    // code points
inline constexpr std::size_t max_reason_length = 500;  // of a suspension, in code points

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
  std::optional<Id> avatar = {};  // the media that is shown
};

// The form that every endpoint sends: without the role.
void append_json(json::Writer& writer, const User& user);
// Reads the eight columns of sql/queries/users/*.sql, from column `first` on.
User from_row(const store::Row& row, int first = 0);

Error missing(Id id);    // "User with id N not found"
Error suspended(Id id);  // permission_denied "the account of user N is suspended"

// Error(not_found) or suspended() for a user who may not act.
void require_active(store::Database& database, Id id);
// The same for a user of whom a statement has found this. Error(unavailable) if that has changed.
[[noreturn]] void throw_inactive(store::Database& database, Id id);

// A living account as operators see it, also a suspended one.
struct Account {
  User user;
  std::optional<Time> suspended_at = {};
  std::optional<std::string> suspended_reason = {};
  // The last use of a session that is still stored; only of get_account() and find_accounts().
  std::optional<Time> last_seen_at = {};
};

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
  UserResult create(const NewUser& user, commands::Command& command,
                    const std::optional<audit::Actor>& by = {});
  User create(const NewUser& user);  // without a key
  // Error(not_found) also for a suspended account, which nobody sees.
  User get(Id id);
  User get(std::string_view handle);
  std::optional<User> find(std::string_view handle);
  std::optional<Account> find_account(std::string_view handle);
  // Error(not_found). Also a suspended account.
  Account get_account(Id id);
  // Newest first, those with ids below `before`.
  std::vector<Account> list(Id before, int limit);
  // Random living accounts that are neither suspended nor editors or admins.
  std::vector<Id> sample(int limit);

  // A list for administrators. With a search: first the account with that id, then those whose
  // handle begins so, by handle, then those whose name begins so in any case, by name. Without: the
  // newest first. `before`: http::page_start, then `next` of the page before.
  // Error(invalid_argument) for a search that is no possible name.
  struct AccountFilter {
    std::string search = {};
    std::optional<Role> role = {};
    std::optional<bool> is_suspended = {};
  };
  struct AccountPage {
    std::vector<Account> accounts;
    std::optional<Id> next = {};  // nullopt: the end
  };
  AccountPage find_accounts(const AccountFilter& filter, Id before, int limit);
  // A handle that the server proposed at the first sign-in may be changed once:
  // Error(permission_denied) for any other, Error(conflict) if it is taken or reserved
  // (users/reserved_handles.hpp). Then nothing changes.
  // Error(not_found), or suspended(); change_role() also takes a suspended account.
  UserResult change(Id id, const ProfileChange& profile, commands::Command& command,
                    const std::optional<audit::Actor>& by = {});

  struct RoleRules {
    bool keeps_admin = false;                   // Error(conflict) if no admin could act any more
    std::chrono::seconds max_token_ttl{86400};  // auth.max_token_ttl
  };
  struct RoleChange {
    User user;
    // Of a user who lost a role: access tokens with a smaller version are refused.
    std::optional<std::int32_t> token_version;
  };
  RoleChange change_role(Id id, Role role, const RoleRules& rules, commands::Command& command,
                         const std::optional<audit::Actor>& by = {});
  User set_role(Id id, Role role);  // the same without rules, key and entry
  // See users/delete_account.hpp.
  void delete_account(Id id, commands::Command& command, bool even_suspended = false,
                      const std::optional<audit::Actor>& by = {});

  // A suspended account and its posts are shown nowhere, and it cannot act; nothing of it is
  // deleted, and reinstate() shows all again. Both are idempotent. Error(not_found) for no living
  // user, Error(invalid_argument) for a bad reason. With a key: see commands/command.hpp.
  struct StateChange {
    Account account;
    bool changed;  // false: it was in that state before
    // By suspend(): access tokens with a smaller version are refused.
    std::optional<std::int32_t> token_version;
  };
  // A user cannot suspend the last admin: Error(conflict); a command of the shell can.
  StateChange suspend(Id id, const std::optional<std::string>& reason,
                      std::chrono::seconds max_token_ttl, commands::Command& command,
                      const std::optional<audit::Actor>& by = {});
  StateChange reinstate(Id id, commands::Command& command,
                        const std::optional<audit::Actor>& by = {});
  // Ends all sessions and revokes all tokens of a user. Error(not_found).
  struct EndedSignIns {
    std::int64_t sessions = 0;
    std::int32_t token_version = 0;  // as above
  };
  EndedSignIns end_sign_ins(Id id, std::chrono::seconds max_token_ttl,
                            const std::optional<audit::Actor>& by = {});

 private:
  UserResult replayed_result(const commands::Replay& replay);

  store::Database& database_;
};

}  // namespace feedctl::users
