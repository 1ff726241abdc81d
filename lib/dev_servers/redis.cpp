#include "dev_servers/redis.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <string_view>

#include "base/error.hpp"
#include "base/url.hpp"
#include "dev_servers/data_dir.hpp"
#include "dev_servers/pg_admin.hpp"

namespace feedctl::dev_servers {
namespace {

// While it loads its data it answers -LOADING.
bool answers_ping(const std::filesystem::path& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.native().size() >= sizeof address.sun_path) return false;
  socket.native().copy(address.sun_path, sizeof address.sun_path - 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const timeval timeout{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  constexpr std::string_view ping = "PING\r\n";
  char answer[5]{};
  const bool good =
      ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::send(fd, ping.data(), ping.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(ping.size()) &&
      ::recv(fd, answer, sizeof answer, MSG_WAITALL) == sizeof answer &&
      std::string_view(answer, sizeof answer) == "+PONG";
  ::close(fd);
  return good;
}

}  // namespace

Redis::Redis(RedisOptions options) : options_(std::move(options)), account_(server_account()) {}

void Redis::start(Supervisor& supervisor, const std::function<bool()>& cancelled) {
  const auto program = find_program("redis-server");
  if (program.empty()) {
    throw Error(ErrorCode::unavailable,
                "no redis-server is in PATH or in the system's folders of programs")
        .with_hint("apt-get install redis-server, or do without: feedctl dev --no-redis");
  }
  const auto data = options_.data_root / "redis";
  make_private_dir(data, account_);
  Service service;
  service.name = "redis-server";
  auto& argv = service.command.argv;
  argv = {"redis-server",
          "--port",
          "0",
          "--unixsocket",
          socket_path(),
          "--unixsocketperm",
          "700",
          "--dir",
          data,
          "--databases",
          std::to_string(options_.databases),
          "--maxmemory-policy",
          "noeviction",
          "--save",
          "",
          "--daemonize",
          "no"};
  if (options_.is_durable) {
    for (const char* word : {"--appendonly", "yes", "--appendfsync", "everysec"}) {
      argv.emplace_back(word);
    }
  }
  service.command.program = program;
  service.command.account = account_;
  service.command.working_dir = "/";
  service.command.log_file = options_.data_root / "log" / "redis.log";
  service.is_ready = [path = socket_path()] { return answers_ping(path); };
  rotate_log(service.command.log_file);
  supervisor.start(std::move(service), cancelled);
}

std::string Redis::url(int database) const {
  return "unix://" + percent_encode(socket_path().string(), "/") +
         (database == 0 ? "" : "?db=" + std::to_string(database));
}

}  // namespace feedctl::dev_servers
