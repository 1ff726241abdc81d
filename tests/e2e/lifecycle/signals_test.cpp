// Each signal, sent to a server, to a worker and to a long command: what happens, and that nothing
// dies of it without a word.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "e2e/lifecycle/managed_process.hpp"
#include "support/catch.hpp"
#include "support/server_process.hpp"
#include "support/temp_folder.hpp"
#include "support/worker_processes.hpp"

using namespace feedctl;
using namespace feedctl::lifecycle;
using namespace std::chrono_literals;

namespace {

class DaemonProcess {
 public:
  DaemonProcess(const support::FreshDatabase& database, const std::string& command)
      : port_(support::free_port()),
        managed_(database, {.config = (command == "serve" ? "server" : "work") +
                                      (": {port: " + std::to_string(port_) + "}\n"),
                            .command = command}) {
    REQUIRE(managed_.wait_for_log(command == "serve" ? "\"listening\"" : "\"working\""));
  }
  bool is_serving() const { return support::HttpClient(port_).get("/health/live").status == 200; }
  ManagedProcess& managed() { return managed_; }
  int wait_for_reload() {
    const auto output = managed_.process().output();
    const std::string line = "\"configuration reloaded\"";
    int count = 0;
    for (auto at = output.find(line); at != std::string::npos; at = output.find(line, at + 1))
      ++count;
    return count;
  }
  // Its exit code once it has drained; -1 where it did not say that it has.
  int terminate_with(int signal) {
    managed_.process().signal(signal);
    const auto code = managed_.process().wait(60s);
    const bool drained = managed_.process().output().find("\"stopped\"") != std::string::npos;
    return code && drained ? *code : -1;
  }

 private:
  int port_;
  ManagedProcess managed_;
};

// Whether that process is a feedctl that handles ("SigCgt:") or ignores ("SigIgn:") the signal.
bool has_signal_disposition(pid_t pid, const std::string& how, int signal) {
  const auto place = "/proc/" + std::to_string(pid);
  std::error_code gone;
  if (std::filesystem::read_symlink(place + "/exe", gone) != support::feedctl_binary())
    return false;
  std::ifstream status(place + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(how, 0) == 0)
      return (std::stoull(line.substr(7), nullptr, 16) >> (signal - 1) & 1) != 0;
  }
  return false;
}

// All of them: SIGHUP is the last, unless it is ignored.
bool has_signal_handlers(pid_t pid) {
  return has_signal_disposition(pid, "SigCgt:", SIGXCPU) &&
         (has_signal_disposition(pid, "SigCgt:", SIGHUP) ||
          has_signal_disposition(pid, "SigIgn:", SIGHUP));
}

// A command that goes on until it is stopped, and has begun.
class LongCommand {
 public:
  explicit LongCommand(const support::FreshDatabase& database,
                       const std::vector<std::string>& under = {})
      : process_(argv(under), options(database)) {
    REQUIRE(support::eventually(60s, [&] { return has_signal_handlers(process_.pid()); }));
  }
  support::BackgroundProcess& process() { return process_; }
  int terminate_with(int signal) {
    process_.signal(signal);
    return process_.wait(60s).value_or(-1);
  }
  static support::RunOptions options(const support::FreshDatabase& database) {
    support::RunOptions run;
    run.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(), "FEEDCTL_CONFIG"};
    return run;
  }

 private:
  static std::vector<std::string> argv(std::vector<std::string> under) {
    for (const auto* word : {"", "verify", "--index", "--watch", "1h"})
      under.push_back(*word == '\0' ? support::feedctl_binary() : word);
    return under;
  }

  support::BackgroundProcess process_;
};

// Those whose default is to end a process, and that ask a daemon for nothing.
std::vector<int> meaningless_signals() {
  return {SIGUSR1, SIGUSR2,  SIGIO,   SIGPWR,       SIGSTKFLT,    SIGPIPE,
          SIGXFSZ, SIGWINCH, SIGCHLD, SIGRTMIN + 3, SIGRTMAX - 1, SIGCONT};
}

}  // namespace

TEST_CASE("signals without a meaning end neither a server nor a worker") {
  const support::FreshDatabase database;
  for (const auto* command : {"serve", "work"}) {
    INFO(command);
    DaemonProcess daemon(database, command);
    for (const int signal : meaningless_signals()) daemon.managed().process().signal(signal);
    CHECK(daemon.managed().wait_for_log("\"signal\":\"SIGUSR2\""));
    CHECK(daemon.is_serving());
    CHECK(daemon.terminate_with(SIGTERM) == 0);
  }
}

TEST_CASE("SIGHUP makes a server and a worker read their configuration again") {
  const support::FreshDatabase database;
  for (const std::string command : {"serve", "work"}) {
    INFO(command);
    DaemonProcess daemon(database, command);
    daemon.managed().process().signal(SIGHUP);
    REQUIRE(daemon.managed().wait_for_log("\"configuration reloaded\""));
    daemon.managed().write_config("hot: {refresh_window: never}\n");
    daemon.managed().process().signal(SIGHUP);
    REQUIRE(daemon.managed().wait_for_log("new configuration was rejected"));
    daemon.managed().write_config("hot: {refresh_window: 1h}\n");
    daemon.managed().process().signal(SIGHUP);
    REQUIRE(support::eventually(60s, [&] { return daemon.wait_for_reload() == 2; }));
    CHECK(daemon.managed().wait_for_log(command == "serve" ? "\"changed\":\"hot.refresh_window\""
                                                           : "\"changed\":\"\""));
    if (command == "work")  // which uses nothing of it
      CHECK(daemon.managed().process().output().find("hot.refresh_window\"") == std::string::npos);
    CHECK(daemon.is_serving());
    CHECK(daemon.terminate_with(SIGTERM) == 0);
  }
}

TEST_CASE("a worker waiting for its database does not notify a reload") {
  NotifySocket manager;
  support::RunOptions run;
  run.environment = {"FEEDCTL_CONFIG", "FEEDCTL_DATABASE_URL=host=/nowhere dbname=x",
                     "FEEDCTL_LOG_FORMAT=json", manager.environment_variable()};
  support::BackgroundProcess work({support::feedctl_binary(), "work"}, run);
  REQUIRE(work.wait_for_line("waiting for the database", 150s));
  work.signal(SIGHUP);
  CHECK(manager.wait_for_message("STATUS=", 150s) == "STATUS=waiting for the database");
  CHECK(work.stop() == 0);
}

TEST_CASE("every termination signal makes a daemon drain first") {
  const support::FreshDatabase database;
  for (const std::string command : {"serve", "work"}) {
    INFO(command);
    CHECK(DaemonProcess(database, command).terminate_with(SIGINT) == 0);
    CHECK(DaemonProcess(database, command).terminate_with(SIGQUIT) == 0);
    // Time that is over is a failure: whoever restarts on failure is to do so.
    CHECK(DaemonProcess(database, command).terminate_with(SIGALRM) == 128 + SIGALRM);
    CHECK(DaemonProcess(database, command).terminate_with(SIGXCPU) == 128 + SIGXCPU);
    CHECK(DaemonProcess(database, command).terminate_with(SIGPROF) == 128 + SIGPROF);
    CHECK(DaemonProcess(database, command).terminate_with(SIGVTALRM) == 128 + SIGVTALRM);
  }
}

TEST_CASE("a long command that is ended stops at a safe point and says how to go on") {
  const support::FreshDatabase database;
  for (const int signal :
       {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM, SIGXCPU, SIGVTALRM, SIGPROF}) {
    INFO(signal);
    LongCommand command(database);
    CHECK(command.terminate_with(signal) == 128 + signal);
    CHECK(command.process().output().find("Run it again") != std::string::npos);
  }
}

TEST_CASE("a long command survives signals without a meaning, and SIGHUP under nohup") {
  const support::FreshDatabase database;
  LongCommand command(database, {"/usr/bin/env", "--ignore-signal=HUP"});
  for (const int signal : meaningless_signals()) command.process().signal(signal);
  command.process().signal(SIGHUP);
  command.process().signal(SIGHUP);
  CHECK(command.terminate_with(SIGTERM) == 128 + SIGTERM);
}

TEST_CASE("signals ignored by a background shell end neither a daemon nor a long command") {
  const support::FreshDatabase database;
  const std::vector<std::string> under{"/usr/bin/env", "--ignore-signal=INT",
                                       "--ignore-signal=QUIT"};
  LongCommand command(database, under);
  auto argv = under;
  argv.insert(argv.end(), {support::feedctl_binary(), "work", "--set", "log.format=json"});
  support::BackgroundProcess work(argv, LongCommand::options(database));
  REQUIRE(work.wait_for_line("\"working\"", 150s));
  for (auto* process : {&command.process(), &work}) {
    process->signal(SIGINT);
    process->signal(SIGQUIT);
  }
  CHECK(command.terminate_with(SIGTERM) == 128 + SIGTERM);
  CHECK(work.stop() == 0);
  CHECK(work.output().find("\"signal\":\"SIGTERM\"") != std::string::npos);
}

TEST_CASE("the two hangup signals of a closed terminal count as one request to stop") {
  const support::FreshDatabase database;
  LongCommand command(database);
  command.process().signal(SIGHUP);
  REQUIRE(command.process().wait_for_line("safe point", 60s));
  CHECK(command.terminate_with(SIGHUP) == 128 + SIGHUP);
  CHECK(command.process().output().find("Run it again") != std::string::npos);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // whose handlers of crashes
                                                                     // are left alone
namespace {

// A pipe with a name, which nobody reads.
class UnreadPipe {
 public:
  UnreadPipe() : path_((folder_.path() / "pipe").string()) {
    REQUIRE(::mkfifo(path_.c_str(), 0600) == 0);
    fd_ = ::open(path_.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    REQUIRE(fd_ >= 0);
  }
  ~UnreadPipe() { ::close(fd_); }
  UnreadPipe(const UnreadPipe&) = delete;
  UnreadPipe& operator=(const UnreadPipe&) = delete;
  const std::string& path() const { return path_; }
  void fill() const {
    const std::string page(4096, 'x');
    for (const std::size_t size : {page.size(), std::size_t{1}}) {
      while (::write(fd_, page.data(), size) > 0) continue;
    }
  }

 private:
  support::TempFolder folder_;
  std::string path_;
  int fd_ = -1;
};

}  // namespace

TEST_CASE("a crash or a second stop request ends a process whose standard error nobody reads") {
  const support::FreshDatabase database;
  const UnreadPipe pipe;
  const std::vector<std::string> under{"/bin/sh", "-c",
                                       "ulimit -c 0; exec \"$0\" \"$@\" 2>" + pipe.path()};
  LongCommand crashed(database, under), stopped(database, under);
  pipe.fill();
  CHECK(crashed.terminate_with(SIGSEGV) == 128 + SIGSEGV);
  CHECK(support::eventually(60s, [&] {  // two that come together count as one
    stopped.process().signal(SIGTERM);
    return !stopped.process().is_running();
  }));
  CHECK(stopped.process().wait(1s) == 128 + SIGTERM);
}

TEST_CASE("a crash writes a line, and ends with the system's default action") {
  const support::FreshDatabase database;
  LongCommand command(database, {"/bin/sh", "-c", "ulimit -c 0; exec \"$0\" \"$@\""});
  CHECK(command.terminate_with(SIGSEGV) == 128 + SIGSEGV);
  CHECK(command.process().output().find("ended by SIGSEGV") != std::string::npos);
}
#endif

TEST_CASE("signals ignored or blocked by the parent are reset") {
  const support::FreshDatabase database;
  LongCommand command(database, {"/usr/bin/env", "--ignore-signal", "--block-signal"});
  CHECK(command.terminate_with(SIGTERM) == 128 + SIGTERM);
  CHECK(command.process().output().find("Run it again") != std::string::npos);
}
