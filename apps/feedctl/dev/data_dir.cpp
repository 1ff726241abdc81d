#include "feedctl/dev/data_dir.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/error.hpp"
#include "base/time.hpp"
#include "feedctl/cli/private_file.hpp"
#include "feedctl/dev/yaml_text.hpp"
#include "fixtures/photo.hpp"

namespace feedctl::cli {

namespace {

namespace fs = std::filesystem;

std::string absolute_path_from_env(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value == '/' ? value : "";
}

std::string sign_in_settings(int port, const std::string& auth_mode,
                             const dev_openid::Options& provider) {
  return "auth:\n  mode: " + auth_mode +
         "\n  public_url: http://127.0.0.1:" + std::to_string(port) +
         "\noidc:\n  dev:\n    display_name: feedctl dev\n    issuer: " +
         dev_openid::issuer_of(provider) + "\n    client_id: " + provider.client_id +
         "\n    client_secret: " + yaml_quoted(provider.client_secret.reveal()) + "\n";
}

fs::path media_dir(const fs::path& data_dir) {
  return data_dir / "media";
}

bool is_unlocked(const fs::path& data_dir) {
  try {
    const dev_servers::DataDirLock lock(data_dir);
    return true;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::lock_held) return false;
    throw;
  }
}

}  // namespace

fs::path default_data_dir() {
  if (::geteuid() == 0) return "/var/lib/feedctl/dev";
  if (const auto home = absolute_path_from_env("XDG_STATE_HOME"); !home.empty()) {
    return fs::path(home) / "feedctl/dev";
  }
  auto home = absolute_path_from_env("HOME");
  if (const passwd* user = ::getpwuid(::geteuid()); home.empty() && user != nullptr) {
    home = user->pw_dir;
  }
  if (home.empty()) {
    throw Error(ErrorCode::failed, "there is no home folder to keep data in")
        .with_hint("name a folder: feedctl dev --state DIR");
  }
  return fs::path(home) / ".local/state/feedctl/dev";
}

fs::path write_config(const dev_servers::DevServers& servers, int port,
                      const std::string& auth_mode, const dev_openid::Options& provider) {
  const auto path = servers.data_dir() / "feedctl.yaml";
  std::ostringstream file;
  file << dev_servers::config_marker_line << "\n"
       << "# Every command reaches its servers with --config " << path.string() << "\n"
       << "server:\n  port: " << port
       << "\n"
       // Pages of any origin may call. The fixed host names prevent DNS rebinding.
       << "  cors_origins: [\"*\"]\n"
       << "  allowed_hosts: [localhost, 127.0.0.1, \"[::1]\"]\n"
       << "database:\n  url: " << yaml_quoted(servers.postgres().url()) << "\n"
       << "  owner_url: " << yaml_quoted(servers.postgres().owner_url()) << "\n";
  if (servers.has_redis()) file << "redis:\n  url: " << yaml_quoted(servers.redis().url()) << "\n";
  file << sign_in_settings(port, auth_mode, provider);
  file << "rate_limit:\n  enabled: false\n"
       << "media:\n  directory: " << yaml_quoted(media_dir(servers.data_dir()).string()) << "\n";
  replace_private_file(path, file.str());
  return path;
}

fs::path sample_photo(const fs::path& data_dir) {
  return data_dir / "photo.jpg";
}

void prepare_media(const fs::path& data_dir) {
  std::error_code error;
  fs::create_directory(media_dir(data_dir), error);
  if (error) {
    throw Error(ErrorCode::failed,
                "cannot make " + media_dir(data_dir).string() + ": " + error.message());
  }
  std::ofstream photo(sample_photo(data_dir), std::ios::binary);
  photo.write(reinterpret_cast<const char*>(fixtures::photo), sizeof fixtures::photo);
  if (!photo.flush())
    throw Error(ErrorCode::failed, "cannot write " + sample_photo(data_dir).string());
}

void clear_media(const fs::path& data_dir) {
  fs::remove_all(media_dir(data_dir));
}

PidFile::PidFile(const fs::path& data_dir) : path_(data_dir / "dev.pid") {
  std::ofstream(path_) << ::getpid() << '\n';
}

PidFile::~PidFile() {
  std::error_code ignored;
  fs::remove(path_, ignored);
}

pid_t running_pid(const fs::path& data_dir) {
  pid_t pid = 0;
  std::ifstream(data_dir / "dev.pid") >> pid;
  return pid;
}

bool stop_running(const fs::path& data_dir) {
  if (!fs::exists(data_dir) || is_unlocked(data_dir)) return false;
  const pid_t pid = running_pid(data_dir);
  if (pid > 1) ::kill(pid, SIGTERM);
  const auto deadline = Deadline::after(std::chrono::seconds{60});
  while (!is_unlocked(data_dir)) {
    if (deadline.is_expired()) {
      throw Error(ErrorCode::unavailable,
                  "process " + std::to_string(pid) + " still works in " + data_dir.string());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
  return true;
}

}  // namespace feedctl::cli
