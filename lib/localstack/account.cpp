#include "localstack/account.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.hpp"

namespace feedctl::localstack {
namespace {

std::optional<Account> find_account(const char* name) {
  const passwd* entry = ::getpwnam(name);
  if (entry == nullptr || entry->pw_uid == 0) return std::nullopt;
  Account account{name, entry->pw_uid, entry->pw_gid, {}};
  int count = 64;
  account.groups.resize(static_cast<std::size_t>(count));
  if (::getgrouplist(name, account.gid, account.groups.data(), &count) < 0) count = 0;
  account.groups.resize(static_cast<std::size_t>(count));
  return account;
}

bool may_enter(const struct stat& folder, const Account& account) {
  if (folder.st_uid == account.uid) return (folder.st_mode & S_IXUSR) != 0;
  const auto& groups = account.groups;
  if (folder.st_gid == account.gid ||
      std::find(groups.begin(), groups.end(), folder.st_gid) != groups.end()) {
    return (folder.st_mode & S_IXGRP) != 0;
  }
  return (folder.st_mode & S_IXOTH) != 0;
}

[[noreturn]] void refuse(const std::string& what, const std::filesystem::path& folder) {
  throw Error(ErrorCode::failed, what + " " + folder.string() + ": " + std::strerror(errno));
}

}  // namespace

std::optional<Account> server_account() {
  if (::geteuid() != 0) return std::nullopt;
  for (const char* name : {"postgres", "nobody"}) {
    if (auto account = find_account(name)) return account;
  }
  throw Error(ErrorCode::failed,
              "servers cannot run as root and there is no account named postgres or nobody");
}

void make_private_folder(const std::filesystem::path& folder, const std::optional<Account>& owner) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  struct stat info {};
  if (::lstat(folder.c_str(), &info) != 0) refuse("cannot make the folder", folder);
  // In a shared place such as /tmp somebody else may have put something there first.
  const bool ours =
      S_ISDIR(info.st_mode) && (info.st_uid == ::geteuid() || (owner && info.st_uid == owner->uid));
  if (!ours)
    throw Error(ErrorCode::failed, folder.string() + " belongs to another user; remove it");
  if (owner && ::chown(folder.c_str(), owner->uid, owner->gid) != 0) {
    refuse("cannot give away the folder", folder);
  }
  if (::chmod(folder.c_str(), 0700) != 0) refuse("cannot close the folder", folder);
}

void require_reachable(const std::filesystem::path& folder, const Account& account) {
  std::filesystem::path way;
  for (const auto& part : std::filesystem::absolute(folder).parent_path()) {
    way /= part;
    struct stat info {};
    if (::stat(way.c_str(), &info) != 0 || may_enter(info, account)) continue;
    throw Error(ErrorCode::failed, "the servers run as " + account.name + ", who may not enter " +
                                       way.string() + "; choose another folder");
  }
}

}  // namespace feedctl::localstack
