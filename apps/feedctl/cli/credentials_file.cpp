#include "feedctl/cli/credentials_file.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/json_writer.hpp"
#include "feedctl/cli/private_file.hpp"

namespace feedctl::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_file_size = std::size_t{1} << 20;

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

std::string absolute_path_from_env(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value == '/' ? value : "";
}

Error cannot(const std::string& what, const fs::path& path) {
  return Error(ErrorCode::failed,
               "cannot " + what + " " + path.string() + ": " + std::strerror(errno));
}

Error damaged(const fs::path& path) {
  return Error(ErrorCode::config, path.string() + " is damaged")
      .with_hint("remove it and sign in again: feedctl login --server URL");
}

void check_private(int fd, const fs::path& path) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) throw cannot("read", path);
  if (S_ISREG(info.st_mode) && info.st_uid == ::geteuid() && (info.st_mode & 077) == 0) return;
  throw Error(ErrorCode::config, path.string() + " is not private to your account")
      .with_hint("run chmod 600 on it; if others may have read it: feedctl logout");
}

std::string read_all(int fd, const fs::path& path) {
  std::string text;
  char buffer[8192];
  for (;;) {
    const auto size = ::read(fd, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) throw cannot("read", path);
    if (size == 0) return text;
    text.append(buffer, static_cast<std::size_t>(size));
    if (text.size() > max_file_size) throw damaged(path);
  }
}

std::string text_member(const json::Value& value, std::string_view name) {
  const auto* member = value.find(name);
  const auto* text = member == nullptr ? nullptr : member->text();
  return text == nullptr ? "" : *text;
}

Time time_member(const json::Value& value, std::string_view name) {
  return parse_rfc3339(text_member(value, name)).value_or(Time{});
}

StoredTokens parse_tokens(const json::Value& value) {
  return {Secret(text_member(value, "access_token")),
          time_member(value, "access_expires_at"),
          Secret(text_member(value, "refresh_token")),
          time_member(value, "refresh_expires_at"),
          text_member(value, "scope"),
          text_member(value, "handle")};
}

void append_tokens(json::Writer& writer, const StoredTokens& tokens) {
  writer.open_object().text("access_token", tokens.access_token.reveal());
  writer.text("access_expires_at", rfc3339(tokens.access_expires_at));
  writer.text("refresh_token", tokens.refresh_token.reveal());
  writer.text("refresh_expires_at", rfc3339(tokens.refresh_expires_at));
  writer.text("scope", tokens.scope).text("handle", tokens.handle).close_object();
}

void make_private_folder(const fs::path& folder) {
  std::error_code ignored;  // mkdir() says why
  fs::create_directories(folder.parent_path(), ignored);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) throw cannot("make", folder);
}

}  // namespace

fs::path credentials_path() {
  if (const auto state = absolute_path_from_env("XDG_STATE_HOME"); !state.empty())
    return fs::path(state) / "feedctl/credentials.json";
  auto home = absolute_path_from_env("HOME");
  if (const passwd* user = ::getpwuid(::geteuid()); home.empty() && user != nullptr)
    home = user->pw_dir;
  if (home.empty()) {
    throw Error(ErrorCode::failed, "there is no home folder to keep tokens in")
        .with_hint("name a folder: XDG_STATE_HOME=DIR feedctl login ..");
  }
  return fs::path(home) / ".local/state/feedctl/credentials.json";
}

CredentialsFile::CredentialsFile(fs::path path) : path_(std::move(path)) {
  make_private_folder(path_.parent_path());
  const auto lock = path_.string() + ".lock";
  lock_fd_ = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock_fd_ < 0) throw cannot("open", lock);
  while (::flock(lock_fd_, LOCK_EX) != 0) {
    if (errno == EINTR) continue;
    ::close(lock_fd_);
    throw cannot("lock", lock);
  }
  try {
    load();
  } catch (...) {
    ::close(lock_fd_);
    throw;
  }
}

CredentialsFile::~CredentialsFile() {
  ::close(lock_fd_);
}

void CredentialsFile::load() {
  const FileDescriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (file.get() < 0 && errno == ENOENT) return;
  if (file.get() < 0) throw cannot("read", path_);
  check_private(file.get(), path_);
  json::Value value;
  try {
    value = json::parse(read_all(file.get(), path_));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_argument) throw;
    throw damaged(path_);
  }
  const auto* servers = value.find("servers");
  if (servers == nullptr || servers->object() == nullptr) throw damaged(path_);
  for (const auto& [server, tokens] : *servers->object())
    entries_.emplace_back(server, parse_tokens(tokens));
}

void CredentialsFile::save() const {
  std::string text;
  json::Writer writer(text);
  writer.open_object().key("servers").open_object();
  for (const auto& [server, tokens] : entries_) append_tokens(writer.key(server), tokens);
  writer.close_object().close_object();
  replace_private_file(path_, text + "\n");
}

std::vector<std::string> CredentialsFile::servers() const {
  std::vector<std::string> names;
  for (const auto& [server, tokens] : entries_) names.push_back(server);
  return names;
}

std::optional<StoredTokens> CredentialsFile::find(const std::string& server) const {
  for (const auto& [name, tokens] : entries_) {
    if (name == server) return tokens;
  }
  return std::nullopt;
}

void CredentialsFile::store(const std::string& server, StoredTokens tokens) {
  std::erase_if(entries_, [&](const Entry& entry) { return entry.first == server; });
  entries_.emplace_back(server, std::move(tokens));
  save();
}

void CredentialsFile::remove(const std::string& server) {
  std::erase_if(entries_, [&](const Entry& entry) { return entry.first == server; });
  save();
}

}  // namespace feedctl::cli
