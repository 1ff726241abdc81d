#include "localstack/stack.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "base/error.hpp"
#include "localstack/postgres_files.hpp"

namespace feedctl::localstack {
namespace {

namespace fs = std::filesystem;

// Whatever root's umask says, the servers' account must be able to enter.
void make_open_folder(const fs::path& folder) {
  if (folder.has_relative_path()) make_open_folder(folder.parent_path());
  if (fs::create_directory(folder) && server_account()) fs::permissions(folder, fs::perms(0755));
}

fs::path made(const fs::path& folder) {
  auto absolute = fs::absolute(folder).lexically_normal();
  if (!absolute.has_filename()) absolute = absolute.parent_path();  // "state/"
  try {
    make_open_folder(absolute / "log");
  } catch (const fs::filesystem_error& error) {
    throw Error(ErrorCode::failed,
                "cannot make " + (absolute / "log").string() + ": " + error.code().message());
  }
  return absolute;
}

const char* const parts[] = {"postgres", "postgres.new", "redis", "run", "log"};

bool was_stack(const fs::path& folder) {
  std::ifstream config(folder / "feedctl.yaml");
  std::string line;
  return (std::getline(config, line) && line == config_first_line) ||
         !cluster_version(folder / "postgres").empty() ||
         !cluster_version(folder / "postgres.new").empty();
}

// Nothing in it but what taking it puts there.
bool holds_nothing(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto name = entry.path().filename();
    if (name == "lock" || name == "dev.pid") continue;
    const bool part = std::find(std::begin(parts), std::end(parts), name) != std::end(parts);
    if (!part || !entry.is_directory() || !fs::is_empty(entry.path())) return false;
  }
  return true;
}

StackOptions in_made_folder(StackOptions options) {
  options.folder = made(options.folder);
  return options;
}

}  // namespace

Stack::Stack(StackOptions options)
    : options_(in_made_folder(std::move(options))), lock_(options_.folder) {}

void Stack::empty_folder() {
  const auto& folder = options_.folder;
  if (!was_stack(folder) && !holds_nothing(folder)) {
    throw Error(ErrorCode::usage,
                folder.string() + " holds files, and not the data of earlier runs")
        .with_hint("name a new or an empty folder");
  }
  // Only what a stack puts there: other files may lie beside it.
  clear_stale_pid(folder / "postgres");
  for (const char* part : parts) fs::remove_all(folder / part);
  made(folder);
}

void Stack::start() {
  const auto account = server_account();
  const auto& folder = options_.folder;
  if (account) require_reachable(folder / "postgres", *account);
  const auto sockets = make_socket_folder(folder, account);
  const int databases = options_.durable ? 16 : 64;  // tests take one each
  postgres_.emplace(
      PostgresOptions{folder, sockets, options_.durable, 200, options_.postgres_environment});
  postgres_->start(supervisor_, options_.cancelled);
  if (!options_.redis) return;
  redis_.emplace(RedisOptions{folder, sockets, options_.durable, databases});
  redis_->start(supervisor_, options_.cancelled);
}

}  // namespace feedctl::localstack
