#include "localstack/stack.hpp"

#include "base/error.hpp"

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

}  // namespace

Stack::Stack(const StackOptions& options) : folder_(made(options.folder)), lock_(folder_) {
  const auto account = server_account();
  if (account) require_reachable(folder_ / "postgres", *account);
  const auto sockets = make_socket_folder(folder_, account);
  constexpr int test_databases = 64;
  postgres_.emplace(PostgresOptions{folder_, sockets, options.durable, 200});
  postgres_->start(supervisor_, options.cancelled);
  if (!options.redis) return;
  redis_.emplace(
      RedisOptions{folder_, sockets, options.durable, options.durable ? 16 : test_databases});
  redis_->start(supervisor_, options.cancelled);
}

}  // namespace feedctl::localstack
