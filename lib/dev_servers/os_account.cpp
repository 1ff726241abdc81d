#include "dev_servers/os_account.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.hpp"

namespace feedctl::dev_servers {
namespace {

std::optional<OsAccount> find_account(const char* name) {
  const passwd* entry = ::getpwnam(name);
  if (entry == nullptr || entry->pw_uid == 0) return std::nullopt;
  OsAccount account{name, entry->pw_uid, entry->pw_gid, {}};
  int count = 64;
  account.groups.resize(static_cast<std::size_t>(count));
  if (::getgrouplist(name, account.gid, account.groups.data(), &count) < 0) count = 0;
  account.groups.resize(static_cast<std::size_t>(count));
  return account;
}

bool can_enter(const struct stat& dir, const OsAccount& account) {
  if (dir.st_uid == account.uid) return (dir.st_mode & S_IXUSR) != 0;
  const auto& groups = account.groups;
  if (dir.st_gid == account.gid ||
      std::find(groups.begin(), groups.end(), dir.st_gid) != groups.end()) {
    return (dir.st_mode & S_IXGRP) != 0;
  }
  return (dir.st_mode & S_IXOTH) != 0;
}

[[noreturn]] void throw_errno(const std::string& what, const std::filesystem::path& dir) {
  throw Error(ErrorCode::failed, what + " " + dir.string() + ": " + std::strerror(errno));
}

}  // namespace

std::optional<OsAccount> server_account() {
  if (::geteuid() != 0) return std::nullopt;
  for (const char* name : {"postgres", "nobody"}) {
    if (auto account = find_account(name)) return account;
  }
  throw Error(ErrorCode::failed,
              "servers cannot run as root and there is no account named postgres or nobody");
}

void make_private_dir(const std::filesystem::path& dir, const std::optional<OsAccount>& owner) {
  std::error_code failure;
  std::filesystem::create_directories(dir, failure);
  struct stat info {};
  if (::lstat(dir.c_str(), &info) != 0) throw_errno("cannot make the folder", dir);
  // In a shared place such as /tmp somebody else may have put something there first.
  const bool ours =
      S_ISDIR(info.st_mode) && (info.st_uid == ::geteuid() || (owner && info.st_uid == owner->uid));
  if (!ours) throw Error(ErrorCode::failed, dir.string() + " belongs to another user; remove it");
  if (owner && ::chown(dir.c_str(), owner->uid, owner->gid) != 0) {
    throw_errno("cannot give away the folder", dir);
  }
  if (::chmod(dir.c_str(), 0700) != 0) throw_errno("cannot close the folder", dir);
}

void require_reachable(const std::filesystem::path& dir, const OsAccount& account) {
  std::filesystem::path way;
  for (const auto& part : std::filesystem::absolute(dir).parent_path()) {
    way /= part;
    struct stat info {};
    if (::stat(way.c_str(), &info) != 0 || can_enter(info, account)) continue;
    throw Error(ErrorCode::failed, "the servers run as " + account.name + ", who may not enter " +
                                       way.string() + "; choose another folder");
  }
}

}  // namespace feedctl::dev_servers
