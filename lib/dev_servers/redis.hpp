#pragma once
// Private Redis server that listens only on a Unix socket. The supervisor owns the process. Not
// thread-safe. Error(unavailable) if it cannot start.
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "dev_servers/supervisor.hpp"

namespace feedctl::dev_servers {

struct RedisOptions {
  std::filesystem::path data_root;   // data in redis/, log in log/
  std::filesystem::path socket_dir;  // an existing private directory
  bool is_durable = true;            // false: no persistence; for tests
  int databases = 16;
};

class Redis {
 public:
  explicit Redis(RedisOptions options);
  void start(Supervisor& supervisor, const std::function<bool()>& cancelled = {});
  std::string url(int database = 0) const;  // unix://PATH?db=N
  void flush_all() const;  // FLUSHALL. Error(unavailable) if the server does not do it
  std::filesystem::path socket_path() const { return options_.socket_dir / "redis.sock"; }

 private:
  RedisOptions options_;
  std::optional<OsAccount> account_;
};

}  // namespace feedctl::dev_servers
