#include "localstack/stack.hpp"

#include "base/error.hpp"
#include "localstack/postgres_files.hpp"

namespace feedctl::localstack {
namespace {

std::filesystem::path made(const std::filesystem::path& folder) {
  const auto absolute = std::filesystem::absolute(folder).lexically_normal();
  std::error_code failure;
  std::filesystem::create_directories(absolute / "log", failure);
  if (failure) {
    throw Error(ErrorCode::failed,
                "cannot make " + (absolute / "log").string() + ": " + failure.message());
  }
  return absolute;
}

StackOptions in_made_folder(StackOptions options) {
  options.folder = made(options.folder);
  return options;
}

}  // namespace

Stack::Stack(StackOptions options)
    : options_(in_made_folder(std::move(options))), lock_(options_.folder) {}

void Stack::empty_folder() {
  // Only what a stack puts there: the folder may be somebody's home by mistake.
  clear_stale_pid(options_.folder / "postgres");
  for (const char* part : {"postgres", "postgres.new", "redis", "run", "log"}) {
    std::filesystem::remove_all(options_.folder / part);
  }
  made(options_.folder);
}

void Stack::start() {
  const auto account = server_account();
  const auto& folder = options_.folder;
  if (account) require_reachable(folder / "postgres", *account);
  const auto sockets = make_socket_folder(folder, account);
  const int databases = options_.durable ? 16 : 64;  // tests take one each
  postgres_.emplace(PostgresOptions{folder, sockets, options_.durable, 200});
  postgres_->start(supervisor_, options_.cancelled);
  if (!options_.redis) return;
  redis_.emplace(RedisOptions{folder, sockets, options_.durable, databases});
  redis_->start(supervisor_, options_.cancelled);
}

}  // namespace feedctl::localstack
