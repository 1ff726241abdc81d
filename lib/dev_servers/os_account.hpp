#pragma once
// System account of the private servers: the own one, or an unprivileged one for root, since
// PostgreSQL refuses to run as root. Plain functions.
#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace feedctl::dev_servers {

struct OsAccount {
  std::string name;
  uid_t uid;
  gid_t gid;
  std::vector<gid_t> groups;
};

// nullopt unless this process is root; else `postgres`, or `nobody` if that does not exist.
// Error(failed) if neither exists.
std::optional<OsAccount> server_account();

// Makes `dir` and its parents, and gives it to the account with mode 0700. Error(failed).
void make_private_dir(const std::filesystem::path& dir, const std::optional<OsAccount>& owner);

// Error(failed) if the account may not enter a parent of `dir`.
void require_reachable(const std::filesystem::path& dir, const OsAccount& account);

}  // namespace feedctl::dev_servers
