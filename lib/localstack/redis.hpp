#pragma once
// A private Redis on a Unix socket alone. Not thread-safe.
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "localstack/supervisor.hpp"

namespace feedctl::localstack {

struct RedisOptions {
  std::filesystem::path folder;   // its data goes to folder/redis, its log to folder/log
  std::filesystem::path sockets;  // an existing private folder
  bool durable = true;            // false: keeps nothing on disk; for tests
  int databases = 16;
};

class Redis {
 public:
  explicit Redis(RedisOptions options);
  void start(Supervisor& supervisor, const std::function<bool()>& cancelled = {});
  std::string url(int database = 0) const;  // unix://PATH?db=N
  std::filesystem::path socket() const { return options_.sockets / "redis.sock"; }

 private:
  RedisOptions options_;
  std::optional<Account> account_;
};

}  // namespace feedctl::localstack
