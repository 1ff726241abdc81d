#include "dev_servers/fork_exec.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <future>
#include <mutex>
#include <string_view>
#include <thread>

#include "base/error.hpp"

extern char** environ;

namespace feedctl::dev_servers {
namespace {

std::vector<char*> to_pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (auto& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> environment_with(const std::vector<std::string>& changes) {
  std::vector<std::string> result;
  const auto name_of = [](std::string_view entry) { return entry.substr(0, entry.find('=')); };
  for (char** entry = environ; *entry != nullptr; ++entry) {
    bool changed = false;
    for (const auto& change : changes) changed |= name_of(change) == name_of(*entry);
    if (!changed) result.emplace_back(*entry);
  }
  for (const auto& change : changes) {
    if (change.find('=') != std::string::npos) result.push_back(change);
  }
  return result;
}

// Everything the new process needs, made ready before the fork: between fork and exec only
// async-signal-safe calls are allowed, since other threads may have held any lock.
struct ExecPlan {
  explicit ExecPlan(const Command& from)
      : command(from), argv(from.argv), environment(environment_with(from.environment)) {
    program = from.program.empty() ? from.argv.at(0) : from.program.string();
    argv_pointers = to_pointers(argv);
    environment_pointers = to_pointers(environment);
    working_dir = from.working_dir.string();
    log_file = from.log_file.string();
  }

  const Command& command;
  std::vector<std::string> argv;
  std::vector<std::string> environment;
  std::string program;
  std::string working_dir;
  std::string log_file;
  std::vector<char*> argv_pointers;
  std::vector<char*> environment_pointers;
  pid_t parent = ::getpid();
};

bool move_fd(int from, int to) {
  return from == to || ::dup2(from, to) >= 0;
}

bool redirect_stdio(const ExecPlan& plan) {
  int in = plan.command.stdin_fd;
  if (in < 0) in = ::open("/dev/null", O_RDONLY);
  int out = plan.command.stdout_fd;
  int err = plan.command.stderr_fd;
  if (!plan.log_file.empty()) {
    out = err = ::open(plan.log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0640);
    if (out < 0) return false;
  }
  if (in < 0 || !move_fd(in, 0)) return false;
  // err before out is put: out may be standard error's old number and the other way round.
  const int kept = err < 0 ? -1 : ::dup(err);
  if (out >= 0 && !move_fd(out, 1)) return false;
  return kept < 0 || move_fd(kept, 2);
}

bool switch_account(const OsAccount& account) {
  return ::setgroups(account.groups.size(), account.groups.data()) == 0 &&
         ::setgid(account.gid) == 0 && ::setuid(account.uid) == 0;
}

[[noreturn]] void run_in_child(const ExecPlan& plan, int report) {
  const auto give_up = [report](int number) {
    [[maybe_unused]] const auto written = ::write(report, &number, sizeof number);
    ::_exit(127);
  };
  ::setpgid(0, 0);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  if (!redirect_stdio(plan)) give_up(errno);
  if (!plan.working_dir.empty() && ::chdir(plan.working_dir.c_str()) != 0) give_up(errno);
  if (plan.command.account && !switch_account(*plan.command.account)) give_up(errno);
  // Changing accounts forgets this wish, so it comes after.
  ::prctl(PR_SET_PDEATHSIG, plan.command.death_signal);
  if (::getppid() != plan.parent) ::_exit(127);
  ::syscall(SYS_close_range, 3U, ~0U, static_cast<unsigned>(CLOSE_RANGE_CLOEXEC));
  ::execvpe(plan.program.c_str(), plan.argv_pointers.data(), plan.environment_pointers.data());
  give_up(errno);
  ::_exit(127);
}

pid_t fork_and_exec(const Command& command) {
  const ExecPlan plan(command);
  int report[2];
  if (::pipe2(report, O_CLOEXEC) != 0) {
    throw Error(ErrorCode::failed, std::string("cannot make a pipe: ") + std::strerror(errno));
  }
  const pid_t pid = ::fork();
  if (pid == 0) run_in_child(plan, report[1]);
  const int fork_error = errno;
  ::close(report[1]);
  int exec_error = 0;
  const ssize_t got = pid < 0 ? 0 : ::read(report[0], &exec_error, sizeof exec_error);
  ::close(report[0]);
  if (pid > 0 && got == 0) return pid;
  if (pid > 0) ::waitpid(pid, nullptr, 0);
  throw Error(ErrorCode::failed, "cannot start " + plan.program + ": " +
                                     std::strerror(pid < 0 ? fork_error : exec_error));
}

// The death signal comes when the *thread* that forked ends, so one thread that never does forks
// for all the others.
class ForkingThread {
 public:
  pid_t run(const Command& command) {
    std::packaged_task<pid_t()> task([&command] { return fork_and_exec(command); });
    auto result = task.get_future();
    {
      std::unique_lock lock(mutex_);
      if (!started_) std::thread([this] { serve(); }).detach();
      started_ = true;
      changed_.wait(lock, [this] { return task_ == nullptr; });
      task_ = &task;
    }
    changed_.notify_all();
    return result.get();
  }

 private:
  [[noreturn]] void serve() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
    for (;;) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return task_ != nullptr; });
      auto task = std::move(*task_);
      task_ = nullptr;
      lock.unlock();
      changed_.notify_all();
      task();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::packaged_task<pid_t()>* task_ = nullptr;
  bool started_ = false;
};

}  // namespace

pid_t spawn(const Command& command) {
  static auto* const thread = new ForkingThread;  // never deleted: its thread runs to the very end
  return thread->run(command);
}

}  // namespace feedctl::dev_servers
