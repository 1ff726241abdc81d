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

// The first bytes of the answer to one command without arguments; "" without an answer.
std::string ask(const std::filesystem::path& socket, std::string_view command,
                std::size_t answer_size) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.native().size() >= sizeof address.sun_path) return {};
  socket.native().copy(address.sun_path, sizeof address.sun_path - 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return {};
  const timeval timeout{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  std::string answer(answer_size, '\0');
  const bool is_answered =
      ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::send(fd, command.data(), command.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(command.size()) &&
      ::recv(fd, answer.data(), answer.size(), MSG_WAITALL) == static_cast<ssize_t>(answer.size());
  ::close(fd);
  return is_answered ? answer : "";
}

// While it loads its data it answers -LOADING.
bool answers_ping(const std::filesystem::path& socket) {
  constexpr std::string_view pong = "+PONG";
  return ask(socket, "PING\r\n", pong.size()) == pong;
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

void Redis::flush_all() const {
  constexpr std::string_view ok = "+OK";
  if (ask(socket_path(), "FLUSHALL\r\n", ok.size()) != ok)
    throw Error(ErrorCode::unavailable, "redis-server does not answer to FLUSHALL");
}

std::string Redis::url(int database) const {
  return "unix://" + percent_encode(socket_path().string(), "/") +
         (database == 0 ? "" : "?db=" + std::to_string(database));
}

}  // namespace feedctl::dev_servers
