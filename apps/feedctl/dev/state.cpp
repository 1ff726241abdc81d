#include "feedctl/dev/state.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "base/error.hpp"
#include "base/time.hpp"

namespace feedctl::cli {

namespace {

namespace fs = std::filesystem;

std::string absolute_from(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value == '/' ? value : "";
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

bool is_free(const fs::path& state) {
  try {
    const localstack::FolderLock lock(state);
    return true;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::lock_held) return false;
    throw;
  }
}

}  // namespace

fs::path default_state() {
  if (::geteuid() == 0) return "/var/lib/feedctl/dev";
  if (const auto home = absolute_from("XDG_STATE_HOME"); !home.empty()) {
    return fs::path(home) / "feedctl/dev";
  }
  auto home = absolute_from("HOME");
  if (const passwd* user = ::getpwuid(::geteuid()); home.empty() && user != nullptr) {
    home = user->pw_dir;
  }
  if (home.empty()) {
    throw Error(ErrorCode::failed, "there is no home folder to keep data in")
        .with_hint("name a folder: feedctl dev --state DIR");
  }
  return fs::path(home) / ".local/state/feedctl/dev";
}

fs::path write_config(const localstack::Stack& stack, int port) {
  const auto path = stack.folder() / "feedctl.yaml";
  const auto unfinished = path.string() + ".new";
  std::ofstream file(unfinished);
  fs::permissions(unfinished, fs::perms::owner_read | fs::perms::owner_write);
  file << localstack::config_first_line << "\n"
       << "# Every command reaches its servers with --config " << path.string() << "\n"
       << "server:\n  port: " << port
       << "\n"
       // Any page may call, but none may pose as this machine by a name that resolves to it.
       << "  cors_origins: [\"*\"]\n"
       << "  allowed_hosts: [localhost, 127.0.0.1, \"[::1]\"]\n"
       << "database:\n  url: " << quoted(stack.postgres().url()) << "\n"
       << "  owner_url: " << quoted(stack.postgres().owner_url()) << "\n";
  if (stack.has_redis()) file << "redis:\n  url: " << quoted(stack.redis().url()) << "\n";
  file << "auth:\n  mode: open\n";
  file.close();
  if (!file) throw Error(ErrorCode::failed, "cannot write " + path.string());
  fs::rename(unfinished, path);
  return path;
}

PidFile::PidFile(const fs::path& state) : path_(state / "dev.pid") {
  std::ofstream(path_) << ::getpid() << '\n';
}

PidFile::~PidFile() {
  std::error_code ignored;
  fs::remove(path_, ignored);
}

pid_t running_pid(const fs::path& state) {
  pid_t pid = 0;
  std::ifstream(state / "dev.pid") >> pid;
  return pid;
}

bool stop_running(const fs::path& state) {
  if (!fs::exists(state) || is_free(state)) return false;
  const pid_t pid = running_pid(state);
  if (pid > 1) ::kill(pid, SIGTERM);
  const auto deadline = Deadline::after(std::chrono::seconds{60});
  while (!is_free(state)) {
    if (deadline.over()) {
      throw Error(ErrorCode::unavailable,
                  "process " + std::to_string(pid) + " still works in " + state.string());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
  return true;
}

}  // namespace feedctl::cli
