#include "feedctl/dev/subprocesses.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <string_view>

#include "base/error.hpp"
#include "dev_servers/data_dir.hpp"

namespace feedctl::cli {

namespace {

using std::chrono::milliseconds;

dev_servers::Command feedctl_command(const std::vector<std::string>& arguments) {
  dev_servers::Command command;
  command.program = feedctl_program();
  command.argv = {"feedctl"};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.environment = {"JOURNAL_STREAM"};  // it logs into a file
  return command;
}

dev_servers::Command feedctl_command(std::vector<std::string> arguments,
                                     const std::filesystem::path& config) {
  arguments.insert(arguments.end(), {"--config", config.string()});
  return feedctl_command(arguments);
}

sockaddr_in local_address(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

class Socket {
 public:
  Socket() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { ::close(fd_); }
  int get() const { return fd_; }

 private:
  int fd_;
};

// The lines that come to a file after the object was made.
class LogFollower {
 public:
  explicit LogFollower(const std::filesystem::path& log) : log_(log) {
    std::error_code failure;
    const auto size = std::filesystem::file_size(log, failure);
    if (!failure) offset_ = static_cast<std::streamoff>(size);
  }
  void read(const std::function<void(const std::string&)>& on_line) {
    std::ifstream in(log_, std::ios::binary);
    in.seekg(offset_);
    // A last line without its end comes with the next call.
    for (std::string line; std::getline(in, line) && !in.eof(); on_line(line))
      offset_ += static_cast<std::streamoff>(line.size() + 1);
  }

 private:
  std::filesystem::path log_;
  std::streamoff offset_ = 0;
};

}  // namespace

void run_feedctl(const std::vector<std::string>& arguments, const std::filesystem::path& config,
                 const std::filesystem::path& log, StopSignals& signals,
                 const std::function<void(const std::string& line)>& on_line) {
  auto command = feedctl_command(arguments, config);
  // Not SIGINT, at which seed removes what it has loaded: the next start continues.
  command.death_signal = SIGKILL;
  command.log_file = log;
  LogFollower follower(log);
  dev_servers::ChildProcess child(command);
  while (!child.wait(milliseconds{50})) {
    if (on_line) follower.read(on_line);
    if (!signals.is_raised()) continue;
    child.signal(SIGINT);
    while (!signals.is_raised_again() && !child.wait(milliseconds{50})) continue;
    child.stop(SIGKILL, milliseconds{1000});
    throw Error(ErrorCode::failed, "interrupted");
  }
  if (on_line) follower.read(on_line);
  const auto ended = *child.wait(milliseconds{0});
  if (ended.code == 0) return;
  throw Error(ErrorCode::failed, "feedctl " + arguments.at(0) + " ended with " + ended.describe())
      .with_hint(dev_servers::log_tail(log));
}

std::string feedctl_output(const std::vector<std::string>& arguments,
                           const std::filesystem::path& config) {
  const auto result =
      dev_servers::run(feedctl_command(arguments, config), std::chrono::seconds{60});
  if (result.status.code == 0) return result.output;
  throw Error(ErrorCode::failed,
              "feedctl " + arguments.at(0) + " ended with " + result.status.describe())
      .with_hint(result.output);
}

std::filesystem::path feedctl_program() {
  std::error_code failure;
  // The real path, so that ps lists it as feedctl, unless a new build has replaced the file.
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failure);
  return std::filesystem::exists(program) ? program : "/proc/self/exe";
}

dev_servers::Service openid_service(const std::filesystem::path& data_dir,
                                    const std::filesystem::path& log, int port) {
  dev_servers::Service service;
  service.name = "feedctl openid-provider";
  service.command = feedctl_command({"openid-provider", "--state", data_dir.string()});
  service.command.log_file = log;
  service.is_ready = [port] { return answers_ok(port, "/.well-known/openid-configuration"); };
  service.ready_timeout = std::chrono::seconds{60};
  dev_servers::rotate_log(log);
  return service;
}

dev_servers::Service serve_service(const std::filesystem::path& config,
                                   const std::filesystem::path& log, int port) {
  dev_servers::Service service;
  service.name = "feedctl serve";
  service.command = feedctl_command({"serve"}, config);
  service.command.log_file = log;
  service.is_ready = [port] { return answers_ok(port, "/health/ready"); };
  service.ready_timeout = std::chrono::seconds{60};
  service.grace_period = std::chrono::seconds{30};
  dev_servers::rotate_log(log);
  return service;
}

dev_servers::Service work_service(const std::filesystem::path& config,
                                  const std::filesystem::path& log, int port) {
  dev_servers::Service service;
  service.name = "feedctl work";
  std::vector<std::string> arguments{"work"};
  if (port != 0) arguments.insert(arguments.end(), {"--port", std::to_string(port)});
  service.command = feedctl_command(arguments, config);
  service.command.log_file = log;
  service.grace_period = std::chrono::seconds{30};
  dev_servers::rotate_log(log);
  return service;
}

dev_servers::Service flush_service(const std::filesystem::path& config,
                                   const std::filesystem::path& log,
                                   const std::filesystem::path& textfile) {
  dev_servers::Service service;
  service.name = "feedctl flush-views";
  std::vector<std::string> arguments{"flush-views", "--every", "1s"};
  if (!textfile.empty()) arguments.insert(arguments.end(), {"--textfile", textfile.string()});
  service.command = feedctl_command(arguments, config);
  service.command.log_file = log;
  service.grace_period = std::chrono::seconds{30};
  dev_servers::rotate_log(log);
  return service;
}

bool answers_ok(int port, std::string_view path) {
  const Socket socket;
  const timeval timeout{2, 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  const auto address = local_address(port);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return false;
  }
  const auto request =
      "GET " + std::string(path) + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
  if (::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) return false;
  std::array<char, 12> answer{};
  return ::recv(socket.get(), answer.data(), answer.size(), MSG_WAITALL) ==
             static_cast<ssize_t>(answer.size()) &&
         std::string_view(answer.data(), answer.size()) == "HTTP/1.1 200";
}

bool is_free_port(int port) {
  const Socket socket;
  const int yes = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const auto address = local_address(port);
  return ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
         ::listen(socket.get(), 1) == 0;
}

int find_free_port(int first) {
  constexpr int last_port = 65535, tries = 50;
  for (int i = 0; i < tries; ++i) {
    const int port = first + i <= last_port ? first + i : first - i - 2;
    if (is_free_port(port)) return port;
  }
  throw Error(ErrorCode::unavailable, "no port is free near " + std::to_string(first))
      .with_hint("end what listens there, or choose another --port");
}

void require_free_port(int port, const std::string& option) {
  if (is_free_port(port)) return;
  throw Error(ErrorCode::unavailable, "port " + std::to_string(port) + " is not free")
      .with_hint("end what listens there, or choose another one: feedctl dev " + option + " " +
                 std::to_string(port == 65535 ? 8000 : port + 1));
}

}  // namespace feedctl::cli
