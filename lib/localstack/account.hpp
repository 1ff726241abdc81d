#pragma once
// The account that servers run under: our own, or, where we are root, an unprivileged one, because
// PostgreSQL refuses to run as root.
#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace feedctl::localstack {

struct Account {
  std::string name;
  uid_t uid;
  gid_t gid;
  std::vector<gid_t> groups;
};

// nullopt where we are not root. Otherwise `postgres` or, where that does not exist, `nobody`.
// Error(failed) where neither does.
std::optional<Account> server_account();

// Makes `folder` and those above it; it becomes the account's own, closed to everybody else.
void make_private_folder(const std::filesystem::path& folder, const std::optional<Account>& owner);

// Error(failed) naming the folder on the way to `folder` that the account may not enter.
void require_reachable(const std::filesystem::path& folder, const Account& account);

}  // namespace feedctl::localstack
