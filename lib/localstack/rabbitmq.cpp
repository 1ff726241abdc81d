#include "localstack/rabbitmq.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <string_view>

#include "base/cursor.hpp"
#include "base/error.hpp"
#include "localstack/folder.hpp"

namespace feedctl::localstack {
namespace {

namespace fs = std::filesystem;

// Debian's /usr/sbin/rabbitmq-server changes to an account and to folders of its own.
const char* const programs = "/usr/lib/rabbitmq/bin";
const char* const user = "feedctl";

sockaddr_in local(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

fs::path program(const char* name) {
  const auto path = fs::path(programs) / name;
  return ::access(path.c_str(), X_OK) == 0 ? path : fs::path{};
}

bool connects(int port, std::string_view hello) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const timeval patience{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const auto address = local(port);
  char answer = 0;
  bool good = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  // The first frame of a server that is ready is a method.
  if (good && !hello.empty()) {
    good = ::send(fd, hello.data(), hello.size(), MSG_NOSIGNAL) > 0 &&
           ::recv(fd, &answer, 1, 0) == 1 && answer == 1;
  }
  ::close(fd);
  return good;
}

std::string hex(std::size_t size) {
  return sha256_hex(random_bytes(32)).substr(0, size);
}

// A private file; an earlier one may be read-only.
void write_private(const fs::path& path, const std::string& text,
                   const std::optional<Account>& owner) {
  fs::remove(path);
  {
    std::ofstream file(path);
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
    file << text;
  }
  fs::permissions(path, fs::perms::owner_read);
  if (owner && ::chown(path.c_str(), owner->uid, owner->gid) != 0) {
    throw Error(ErrorCode::failed, "cannot give away " + path.string());
  }
}

}  // namespace

bool Rabbitmq::installed() {
  return !program("rabbitmq-server").empty() && !find_program("epmd").empty();
}

Rabbitmq::Rabbitmq(fs::path folder)
    : folder_(std::move(folder)),
      account_(server_account()),
      ports_(free_ports()),
      password_(hex(32)) {}

// All of them at once, so that they differ.
Rabbitmq::Ports Rabbitmq::free_ports() {
  std::array<int, 3> sockets{}, ports{};
  for (std::size_t i = 0; i < sockets.size(); ++i) {
    sockets[i] = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto address = local(0);
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    if (::bind(sockets[i], raw, size) != 0 || ::getsockname(sockets[i], raw, &size) != 0) {
      throw Error(ErrorCode::unavailable, "there is no free port on 127.0.0.1");
    }
    ports[i] = ntohs(address.sin_port);
  }
  for (const int fd : sockets) ::close(fd);
  return {ports[0], ports[1], ports[2]};
}

void Rabbitmq::start(Supervisor& supervisor, const std::function<bool()>& cancelled) {
  if (!installed()) {
    throw Error(ErrorCode::unavailable, "no rabbitmq-server is installed")
        .with_hint("apt-get install rabbitmq-server");
  }
  make_private_folder(home(), account_);
  fs::create_directories(folder_ / "log");
  if (account_) require_reachable(home(), *account_);
  write_files();
  start_names(supervisor);
  Service server;
  server.name = service;
  server.command.argv = {program("rabbitmq-server")};
  server.command.environment = environment();
  server.command.account = account_;
  server.command.folder = "/";
  server.command.log = folder_ / "log" / "rabbitmq.log";
  server.grace = std::chrono::seconds{20};
  server.ready = [this] { return answers(); };
  rotate_log(server.command.log);
  supervisor.start(std::move(server), cancelled);
}

// Erlang would start one by itself, for the whole machine and for ever.
void Rabbitmq::start_names(Supervisor& supervisor) const {
  Service names;
  names.name = "epmd";
  names.command.argv = {"epmd", "-port", std::to_string(ports_.names), "-address", "127.0.0.1"};
  names.command.program = find_program("epmd");
  names.command.account = account_;
  names.command.folder = "/";
  names.command.log = folder_ / "log" / "epmd.log";
  names.grace = std::chrono::seconds{2};
  names.ready_within = std::chrono::seconds{10};
  names.ready = [port = ports_.names] { return connects(port, ""); };
  supervisor.start(std::move(names));
}

void Rabbitmq::write_files() const {
  write_private(home() / ".erlang.cookie", hex(20), account_);
  write_private(home() / "enabled_plugins", "[].\n", account_);
  const std::string settings =
      "listeners.tcp.local = 127.0.0.1:" + std::to_string(ports_.amqp) +
      "\ndefault_user = " + user + "\ndefault_pass = " + password_.reveal() +
      "\nlog.console = true\nlog.console.level = warning\nlog.file = false"
      "\ndisk_free_limit.absolute = 50MB\nvm_memory_high_watermark.absolute = 512MB"
      "\nraft.wal_max_size_bytes = 33554432\n";
  write_private(home() / "rabbitmq.conf", settings, account_);
}

std::vector<std::string> Rabbitmq::environment() const {
  const auto in_home = [this](const char* name, const char* file) {
    return std::string(name) + "=" + (home() / file).string();
  };
  const auto port = [](const char* name, int number) {
    return std::string(name) + "=" + std::to_string(number);
  };
  return {"HOME=" + home().string(), "RABBITMQ_NODENAME=feedctl@localhost",
          "RABBITMQ_USE_LONGNAME=false", in_home("RABBITMQ_CONF_ENV_FILE", "no-such-file"),
          in_home("RABBITMQ_CONFIG_FILE", "rabbitmq.conf"),
          in_home("RABBITMQ_ADVANCED_CONFIG_FILE", "advanced.config"),
          in_home("RABBITMQ_ENABLED_PLUGINS_FILE", "enabled_plugins"),
          in_home("RABBITMQ_MNESIA_BASE", "data"), in_home("RABBITMQ_LOG_BASE", "log"),
          "RABBITMQ_LOGS=-", "RABBITMQ_NODE_IP_ADDRESS", "RABBITMQ_NODE_PORT",
          "RABBITMQ_MNESIA_DIR", "RABBITMQ_PID_FILE",
          port("RABBITMQ_DIST_PORT", ports_.distribution), port("ERL_EPMD_PORT", ports_.names),
          "ERL_EPMD_ADDRESS=127.0.0.1",
          "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1}",
          "RABBITMQ_CTL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1}",
          "ERL_CRASH_DUMP_SECONDS=0",
          // It then becomes the server instead of waiting for it as a shell.
          "RUNNING_UNDER_SYSTEMD=true", "NOTIFY_SOCKET", "LC_ALL=C.UTF-8"};
}

Secret<std::string> Rabbitmq::url() const {
  return Secret<std::string>(std::string("amqp://") + user + ":" + password_.reveal() +
                             "@127.0.0.1:" + std::to_string(ports_.amqp) + "/");
}

bool Rabbitmq::answers() const {
  return connects(ports_.amqp, std::string_view("AMQP\0\0\x09\x01", 8));
}

Finished Rabbitmq::control(const std::vector<std::string>& arguments,
                           std::chrono::milliseconds timeout) const {
  Command command;
  command.argv = {program("rabbitmqctl"), "--quiet"};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.environment = environment();
  command.account = account_;
  command.folder = "/";
  return run(std::move(command), timeout);
}

}  // namespace feedctl::localstack
