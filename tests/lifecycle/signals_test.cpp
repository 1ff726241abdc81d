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

#include "lifecycle/managed.hpp"
#include "support/catch.hpp"
#include "support/serve.hpp"
#include "support/temp_folder.hpp"
#include "support/workers.hpp"

using namespace feedctl;
using namespace feedctl::lifecycle;
using namespace std::chrono_literals;

namespace {

class Daemon {
 public:
  Daemon(const support::FreshDatabase& database, const std::string& command)
      : port_(support::free_port()),
        managed_(database, {.config = (command == "serve" ? "server" : "work") +
                                      (": {port: " + std::to_string(port_) + "}\n"),
                            .command = command}) {
    REQUIRE(managed_.logs(command == "serve" ? "\"listening\"" : "\"working\""));
  }
  bool answers() const { return support::HttpClient(port_).get("/health/live").status == 200; }
  Managed& managed() { return managed_; }
  int reloads() {
    const auto output = managed_.process().output();
    const std::string line = "\"configuration reloaded\"";
    int count = 0;
    for (auto at = output.find(line); at != std::string::npos; at = output.find(line, at + 1))
      ++count;
    return count;
  }
  // Its exit code once it has drained; -1 where it did not say that it has.
  int end_by(int signal) {
    managed_.process().signal(signal);
    const auto code = managed_.process().wait(60s);
    const bool drained = managed_.process().output().find("\"stopped\"") != std::string::npos;
    return code && drained ? *code : -1;
  }

 private:
  int port_;
  Managed managed_;
};

// Whether that process is a feedctl that handles ("SigCgt:") or ignores ("SigIgn:") the signal.
bool treats(pid_t pid, const std::string& how, int signal) {
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
bool catches_signals(pid_t pid) {
  return treats(pid, "SigCgt:", SIGXCPU) &&
         (treats(pid, "SigCgt:", SIGHUP) || treats(pid, "SigIgn:", SIGHUP));
}

// A command that goes on until it is stopped, and has begun.
class LongCommand {
 public:
  explicit LongCommand(const support::FreshDatabase& database,
                       const std::vector<std::string>& under = {})
      : process_(argv(under), options(database)) {
    REQUIRE(support::eventually(60s, [&] { return catches_signals(process_.pid()); }));
  }
  support::Background& process() { return process_; }
  int end_by(int signal) {
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

  support::Background process_;
};

// Those whose default is to end a process, and that ask a daemon for nothing.
std::vector<int> without_meaning() {
  return {SIGUSR1, SIGUSR2,  SIGIO,   SIGPWR,       SIGSTKFLT,    SIGPIPE,
          SIGXFSZ, SIGWINCH, SIGCHLD, SIGRTMIN + 3, SIGRTMAX - 1, SIGCONT};
}

}  // namespace

TEST_CASE("a signal that asks for nothing ends neither a server nor a worker") {
  const support::FreshDatabase database;
  for (const auto* command : {"serve", "work"}) {
    INFO(command);
    Daemon daemon(database, command);
    for (const int signal : without_meaning()) daemon.managed().process().signal(signal);
    CHECK(daemon.managed().logs("\"signal\":\"SIGUSR2\""));
    CHECK(daemon.answers());
    CHECK(daemon.end_by(SIGTERM) == 0);
  }
}

TEST_CASE("SIGHUP makes a server and a worker read their configuration again") {
  const support::FreshDatabase database;
  for (const std::string command : {"serve", "work"}) {
    INFO(command);
    Daemon daemon(database, command);
    daemon.managed().process().signal(SIGHUP);
    REQUIRE(daemon.managed().logs("\"configuration reloaded\""));
    daemon.managed().write_config("hot: {refresh_window: never}\n");
    daemon.managed().process().signal(SIGHUP);
    REQUIRE(daemon.managed().logs("not taken over"));
    daemon.managed().write_config("hot: {refresh_window: 1h}\n");
    daemon.managed().process().signal(SIGHUP);
    REQUIRE(support::eventually(60s, [&] { return daemon.reloads() == 2; }));
    CHECK(daemon.managed().logs(command == "serve" ? "\"changed\":\"hot.refresh_window\""
                                                   : "\"changed\":\"\""));
    if (command == "work")  // which uses nothing of it
      CHECK(daemon.managed().process().output().find("hot.refresh_window\"") == std::string::npos);
    CHECK(daemon.answers());
    CHECK(daemon.end_by(SIGTERM) == 0);
  }
}

TEST_CASE("a worker that waits for its database tells the manager of no reload") {
  NotifySocket manager;
  support::RunOptions run;
  run.environment = {"FEEDCTL_CONFIG", "FEEDCTL_DATABASE_URL=host=/nowhere dbname=x",
                     "FEEDCTL_LOG_FORMAT=json", manager.variable()};
  support::Background work({support::feedctl_binary(), "work"}, run);
  REQUIRE(work.wait_for_line("waiting for the database", 150s));
  work.signal(SIGHUP);
  CHECK(manager.next("STATUS=", 150s) == "STATUS=waiting for the database");
  CHECK(work.stop() == 0);
}

TEST_CASE("whoever ends a daemon by a signal has it drain first") {
  const support::FreshDatabase database;
  for (const std::string command : {"serve", "work"}) {
    INFO(command);
    CHECK(Daemon(database, command).end_by(SIGINT) == 0);
    CHECK(Daemon(database, command).end_by(SIGQUIT) == 0);
    // Time that is over is a failure: whoever restarts on failure is to do so.
    CHECK(Daemon(database, command).end_by(SIGALRM) == 128 + SIGALRM);
    CHECK(Daemon(database, command).end_by(SIGXCPU) == 128 + SIGXCPU);
    CHECK(Daemon(database, command).end_by(SIGPROF) == 128 + SIGPROF);
    CHECK(Daemon(database, command).end_by(SIGVTALRM) == 128 + SIGVTALRM);
  }
}

TEST_CASE("a long command that is ended stops at a safe point and says how to go on") {
  const support::FreshDatabase database;
  for (const int signal :
       {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM, SIGXCPU, SIGVTALRM, SIGPROF}) {
    INFO(signal);
    LongCommand command(database);
    CHECK(command.end_by(signal) == 128 + signal);
    CHECK(command.process().output().find("Run it again") != std::string::npos);
  }
}

TEST_CASE("a long command outlives what asks for nothing, and SIGHUP under nohup") {
  const support::FreshDatabase database;
  LongCommand command(database, {"/usr/bin/env", "--ignore-signal=HUP"});
  for (const int signal : without_meaning()) command.process().signal(signal);
  command.process().signal(SIGHUP);
  command.process().signal(SIGHUP);
  CHECK(command.end_by(SIGTERM) == 128 + SIGTERM);
}

TEST_CASE("what a shell's background ignores ends neither a daemon nor a long command") {
  const support::FreshDatabase database;
  const std::vector<std::string> under{"/usr/bin/env", "--ignore-signal=INT",
                                       "--ignore-signal=QUIT"};
  LongCommand command(database, under);
  auto argv = under;
  argv.insert(argv.end(), {support::feedctl_binary(), "work", "--set", "log.format=json"});
  support::Background work(argv, LongCommand::options(database));
  REQUIRE(work.wait_for_line("\"working\"", 150s));
  for (auto* process : {&command.process(), &work}) {
    process->signal(SIGINT);
    process->signal(SIGQUIT);
  }
  CHECK(command.end_by(SIGTERM) == 128 + SIGTERM);
  CHECK(work.stop() == 0);
  CHECK(work.output().find("\"signal\":\"SIGTERM\"") != std::string::npos);
}

TEST_CASE("a terminal that goes says so twice, which still is one wish to stop") {
  const support::FreshDatabase database;
  LongCommand command(database);
  command.process().signal(SIGHUP);
  REQUIRE(command.process().wait_for_line("safe point", 60s));
  CHECK(command.end_by(SIGHUP) == 128 + SIGHUP);
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

TEST_CASE("a crash or a second wish to stop ends a process whose standard error nobody reads") {
  const support::FreshDatabase database;
  const UnreadPipe pipe;
  const std::vector<std::string> under{"/bin/sh", "-c",
                                       "ulimit -c 0; exec \"$0\" \"$@\" 2>" + pipe.path()};
  LongCommand crashed(database, under), stopped(database, under);
  pipe.fill();
  CHECK(crashed.end_by(SIGSEGV) == 128 + SIGSEGV);
  CHECK(support::eventually(60s, [&] {  // two that come together count as one
    stopped.process().signal(SIGTERM);
    return !stopped.process().running();
  }));
  CHECK(stopped.process().wait(1s) == 128 + SIGTERM);
}

TEST_CASE("a crash leaves a line, and ends as the system has it") {
  const support::FreshDatabase database;
  LongCommand command(database, {"/bin/sh", "-c", "ulimit -c 0; exec \"$0\" \"$@\""});
  CHECK(command.end_by(SIGSEGV) == 128 + SIGSEGV);
  CHECK(command.process().output().find("ended by SIGSEGV") != std::string::npos);
}
#endif

TEST_CASE("what a parent has ignored or blocked is not inherited") {
  const support::FreshDatabase database;
  LongCommand command(database, {"/usr/bin/env", "--ignore-signal", "--block-signal"});
  CHECK(command.end_by(SIGTERM) == 128 + SIGTERM);
  CHECK(command.process().output().find("Run it again") != std::string::npos);
}
