#include "dev_servers/rabbitmq.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <string_view>

#include "base/encoding.hpp"
#include "base/error.hpp"
#include "base/memory_file.hpp"
#include "dev_servers/data_dir.hpp"

namespace feedctl::dev_servers {
namespace {

namespace fs = std::filesystem;

// Debian's /usr/sbin/rabbitmq-server changes to an account and to folders of its own.
const char* const bin_dir = "/usr/lib/rabbitmq/bin";
const char* const rabbitmq_user = "feedctl";
const char* const node_name = "feedctl@localhost";

sockaddr_in loopback_address(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

fs::path program(const char* name) {
  const auto path = fs::path(bin_dir) / name;
  return ::access(path.c_str(), X_OK) == 0 ? path : fs::path{};
}

// "" where it is missing, or has no -fetch_stdout, as before Erlang 23.
fs::path find_erl_call() {
  static const fs::path found = [] {
    const auto path = find_program("erl_call");
    if (path.empty()) return path;
    Command usage;
    usage.argv = {path};
    const auto text = run(std::move(usage), std::chrono::seconds{10}).output;
    return text.find("-fetch_stdout") != std::string::npos ? path : fs::path{};
  }();
  return found;
}

bool can_connect(int port, std::string_view hello) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const timeval timeout{5, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  const auto address = loopback_address(port);
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

std::string random_hex(std::size_t size) {
  return sha256_hex(random_bytes(32)).substr(0, size);
}

UniqueFd make_stdin(const std::string& text) {
  auto file = make_memory_file("stdin", text);
  if (!file.is_open()) throw Error(ErrorCode::failed, "cannot make a file in memory");
  return file;
}

// A private file; an earlier one may be read-only.
void write_private_file(const fs::path& path, const std::string& text,
                        const std::optional<OsAccount>& owner) {
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

bool Rabbitmq::is_installed() {
  return !program("rabbitmq-server").empty() && !find_program("epmd").empty();
}

Rabbitmq::Rabbitmq(fs::path data_root)
    : data_root_(std::move(data_root)),
      account_(server_account()),
      ports_(free_ports()),
      password_(random_hex(32)) {}

// All of them at once, so that they differ.
Rabbitmq::Ports Rabbitmq::free_ports() {
  std::array<int, 3> sockets{}, ports{};
  for (std::size_t i = 0; i < sockets.size(); ++i) {
    sockets[i] = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto address = loopback_address(0);
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
  if (!is_installed()) {
    throw Error(ErrorCode::unavailable, "no rabbitmq-server is installed")
        .with_hint("apt-get install rabbitmq-server");
  }
  make_private_dir(home_dir(), account_);
  fs::create_directories(data_root_ / "log");
  if (account_) require_reachable(home_dir(), *account_);
  write_config_files();
  start_epmd(supervisor);
  Service server;
  server.name = service_name;
  server.command.argv = {program("rabbitmq-server")};
  server.command.environment = environment();
  server.command.account = account_;
  server.command.working_dir = "/";
  server.command.log_file = data_root_ / "log" / "rabbitmq.log";
  server.grace_period = std::chrono::seconds{20};
  server.is_ready = [this] { return is_ready(); };
  // Its start costs ten seconds of CPU time, of which a busy machine gives it little.
  server.ready_timeout = std::chrono::minutes{10};
  rotate_log(server.command.log_file);
  supervisor.start(std::move(server), cancelled);
}

// Erlang would start one by itself, for the whole machine and for ever.
void Rabbitmq::start_epmd(Supervisor& supervisor) const {
  Service names;
  names.name = "epmd";
  names.command.argv = {"epmd", "-port", std::to_string(ports_.epmd), "-address", "127.0.0.1"};
  names.command.program = find_program("epmd");
  names.command.account = account_;
  names.command.working_dir = "/";
  names.command.log_file = data_root_ / "log" / "epmd.log";
  names.grace_period = std::chrono::seconds{2};
  names.is_ready = [port = ports_.epmd] { return can_connect(port, ""); };
  supervisor.start(std::move(names));
}

void Rabbitmq::write_config_files() const {
  write_private_file(home_dir() / ".erlang.cookie", random_hex(20), account_);
  write_private_file(home_dir() / "enabled_plugins", "[].\n", account_);
  const std::string settings =
      "listeners.tcp.local = 127.0.0.1:" + std::to_string(ports_.amqp) +
      "\ndefault_user = " + rabbitmq_user + "\ndefault_pass = " + password_.reveal() +
      "\nlog.console = true\nlog.console.level = warning\nlog.file = false"
      "\ndisk_free_limit.absolute = 50MB\nvm_memory_high_watermark.absolute = 512MB"
      "\nraft.wal_max_size_bytes = 33554432\n";
  write_private_file(home_dir() / "rabbitmq.conf", settings, account_);
}

std::vector<std::string> Rabbitmq::environment() const {
  const auto in_home = [this](const char* name, const char* file) {
    return std::string(name) + "=" + (home_dir() / file).string();
  };
  const auto port = [](const char* name, int number) {
    return std::string(name) + "=" + std::to_string(number);
  };
  return {"HOME=" + home_dir().string(), std::string("RABBITMQ_NODENAME=") + node_name,
          "RABBITMQ_USE_LONGNAME=false", in_home("RABBITMQ_CONF_ENV_FILE", "no-such-file"),
          in_home("RABBITMQ_CONFIG_FILE", "rabbitmq.conf"),
          in_home("RABBITMQ_ADVANCED_CONFIG_FILE", "advanced.config"),
          in_home("RABBITMQ_ENABLED_PLUGINS_FILE", "enabled_plugins"),
          in_home("RABBITMQ_MNESIA_BASE", "data"), in_home("RABBITMQ_LOG_BASE", "log"),
          "RABBITMQ_LOGS=-", "RABBITMQ_NODE_IP_ADDRESS", "RABBITMQ_NODE_PORT",
          "RABBITMQ_MNESIA_DIR", "RABBITMQ_PID_FILE",
          port("RABBITMQ_DIST_PORT", ports_.distribution), port("ERL_EPMD_PORT", ports_.epmd),
          "ERL_EPMD_ADDRESS=127.0.0.1",
          "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1}",
          "RABBITMQ_CTL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1}",
          "ERL_CRASH_DUMP_SECONDS=0",
          // It then becomes the server instead of waiting for it as a shell.
          "RUNNING_UNDER_SYSTEMD=true", "NOTIFY_SOCKET", "LC_ALL=C.UTF-8"};
}

Secret<std::string> Rabbitmq::url() const {
  return Secret<std::string>(std::string("amqp://") + rabbitmq_user + ":" + password_.reveal() +
                             "@127.0.0.1:" + std::to_string(ports_.amqp) + "/");
}

bool Rabbitmq::is_ready() const {
  return can_connect(ports_.amqp, std::string_view("AMQP\0\0\x09\x01", 8));
}

ProcessResult Rabbitmq::rabbitmqctl(const std::vector<std::string>& arguments,
                                    std::chrono::milliseconds timeout) const {
  auto control = command({program("rabbitmqctl"), "--quiet"});
  control.argv.insert(control.argv.end(), arguments.begin(), arguments.end());
  return run(std::move(control), timeout);
}

ProcessResult Rabbitmq::evaluate(const std::string& expressions,
                                 std::chrono::milliseconds timeout) const {
  if (const auto erl_call = find_erl_call(); !erl_call.empty()) {
    auto code = expressions;
    if (!code.empty() && code.back() == '.') code.pop_back();
    // Prints the value, or the exception, as rabbitmqctl does.
    const auto input = make_stdin("io:format(\"~p~n\", [(catch begin " + code + " end)]).\n");
    // The server refuses a second caller of the same name.
    static std::atomic<int> calls{0};
    const auto caller = "call_" + std::to_string(::getpid()) + "_" + std::to_string(++calls);
    auto call = command(
        {erl_call, "-h", caller, "-sname", node_name, "-fetch_stdout", "-no_result_term", "-e"});
    call.stdin_fd = input.get();
    return run(std::move(call), timeout);
  }
  return rabbitmqctl({"eval", expressions}, timeout);
}

Command Rabbitmq::command(std::vector<std::string> argv) const {
  Command command;
  command.argv = std::move(argv);
  command.environment = environment();
  command.account = account_;
  command.working_dir = "/";
  return command;
}

}  // namespace feedctl::dev_servers
