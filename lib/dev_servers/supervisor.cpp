#include "dev_servers/supervisor.hpp"

#include <algorithm>
#include <fstream>
#include <memory>
#include <optional>
#include <thread>

#include "base/error.hpp"
#include "base/log.hpp"

namespace feedctl::dev_servers {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds min_restart_delay{100};
constexpr milliseconds max_restart_delay{5000};
constexpr std::chrono::seconds stable_after{10};  // then the next failure counts as the first

milliseconds restart_delay(int attempt) {
  return std::min(max_restart_delay, min_restart_delay * (1 << std::min(attempt, 10)));
}

}  // namespace

struct Supervisor::Entry {
  explicit Entry(Service s) : service(std::move(s)) {}
  Service service;
  std::optional<ChildProcess> child;
  Clock::time_point started_at{};
  Clock::time_point next_start_at{};
  int restarts = 0;
  int attempt = 0;
  bool is_held = false;

  void launch() {
    if (service.before_start) service.before_start();
    child.emplace(service.command);
    started_at = Clock::now();
  }
};

std::string log_tail(const std::filesystem::path& log) {
  constexpr std::streamoff max_size = 1500;
  std::ifstream file(log, std::ios::binary | std::ios::ate);
  if (!file) return {};
  const std::streamoff size = file.tellg();
  file.seekg(std::max<std::streamoff>(0, size - max_size));
  std::string text(static_cast<std::size_t>(std::min(size, max_size)), '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  return text;
}

Supervisor::Supervisor() : watcher_([this] { run_watcher(); }) {}

Supervisor::~Supervisor() {
  stop();
}

void Supervisor::start(Service service, const std::function<bool()>& cancelled) {
  auto entry = std::make_unique<Entry>(std::move(service));
  const Service& of = entry->service;
  entry->launch();
  const auto fail = [&](const std::string& what) {
    throw Error(ErrorCode::unavailable, of.name + " " + what)
        .with_hint(of.command.log_file.empty() ? "" : log_tail(of.command.log_file));
  };
  const auto deadline = Deadline::after(of.ready_timeout);
  while (of.is_ready && !of.is_ready()) {
    if (auto ended = entry->child->wait(milliseconds{20})) {
      fail("ended at its start with " + ended->describe());
    }
    if (cancelled && cancelled()) throw Error(ErrorCode::failed, "interrupted");
    if (deadline.is_expired()) fail("did not become ready");
  }
  const auto lock = watcher_.lock();
  entries_.push_back(std::move(entry));
}

void Supervisor::stop() {
  watcher_.stop();
  while (!entries_.empty()) {
    Entry& last = *entries_.back();
    if (last.child) {
      stop_child(last);
    }
    const auto lock = watcher_.lock();
    entries_.pop_back();
  }
}

void Supervisor::stop_child(Entry& entry) {
  const auto& service = entry.service;
  const auto deadline = Deadline::after(service.grace_period);
  entry.child->signal(service.stop_signal);
  while (!deadline.is_expired() && !forced_) {
    if (entry.child->wait(milliseconds{50})) return;
  }
  entry.child->stop(service.forced_stop_signal, milliseconds{3000});
}

Supervisor::Entry& Supervisor::find(const std::string& name) {
  const auto lock = watcher_.lock();
  for (const auto& entry : entries_) {
    if (entry->service.name == name) return *entry;
  }
  throw Error(ErrorCode::usage, "no service is called " + name);
}

bool Supervisor::has_ended(Entry& entry) {
  const auto lock = watcher_.lock();
  if (entry.child && !entry.child->is_running()) entry.child.reset();
  return !entry.child;
}

void Supervisor::hold(const std::string& name, int signal) {
  Entry& entry = find(name);
  {
    const auto lock = watcher_.lock();
    entry.is_held = true;
    if (entry.child) entry.child->signal(signal);
  }
  const auto deadline = Deadline::after(entry.service.grace_period);
  while (!has_ended(entry)) {
    if (deadline.is_expired() || forced_) {
      const auto lock = watcher_.lock();
      entry.child.reset();  // kills it
      return;
    }
    std::this_thread::sleep_for(milliseconds{10});
  }
}

void Supervisor::release(const std::string& name, const std::function<bool()>& cancelled) {
  Entry& entry = find(name);
  {
    const auto lock = watcher_.lock();
    entry.launch();
    entry.attempt = 0;
    entry.is_held = false;
  }
  const auto& service = entry.service;
  const auto deadline = Deadline::after(service.ready_timeout);
  while (service.is_ready && !service.is_ready()) {
    if (cancelled && cancelled()) throw Error(ErrorCode::failed, "interrupted");
    if (deadline.is_expired())
      throw Error(ErrorCode::unavailable, name + " did not become ready again")
          .with_hint(log_tail(service.command.log_file));
    std::this_thread::sleep_for(milliseconds{10});
  }
}

std::vector<Supervisor::Status> Supervisor::status() const {
  const auto lock = watcher_.lock();
  std::vector<Status> result;
  for (const auto& entry : entries_) {
    result.push_back(
        {entry->service.name, entry->child ? entry->child->pid() : 0, entry->restarts});
  }
  return result;
}

pid_t Supervisor::pid(const std::string& name) const {
  for (const auto& one : status()) {
    if (one.name == name) return one.pid;
  }
  return 0;
}

void Supervisor::run_watcher() {
  auto lock = watcher_.lock();
  while (!watcher_.is_stopping(lock)) {
    for (auto& entry : entries_) supervise(*entry);
    watcher_.sleep_for(lock, milliseconds{100});
  }
}

void Supervisor::supervise(Entry& entry) {
  if (entry.is_held) return;
  if (entry.child) {
    const auto ended = entry.child->wait(milliseconds{0});
    if (!ended) return;
    if (Clock::now() - entry.started_at > stable_after) entry.attempt = 0;
    const auto pause = restart_delay(entry.attempt++);
    log::warning("a child process ended and will be started again",
                 {{"child", entry.service.name},
                  {"ended_with", ended->describe()},
                  {"in_ms", static_cast<std::int64_t>(pause.count())}});
    entry.child.reset();
    entry.next_start_at = Clock::now() + pause;
  } else if (Clock::now() >= entry.next_start_at) {
    restart(entry);
  }
}

void Supervisor::restart(Entry& entry) {
  try {
    entry.launch();
    ++entry.restarts;
    log::info("started again", {{"child", entry.service.name},
                                {"pid", static_cast<std::int64_t>(entry.child->pid())}});
  } catch (const std::exception& failure) {
    entry.next_start_at = Clock::now() + restart_delay(entry.attempt++);
    log::error("a child process cannot be started",
               {{"child", entry.service.name}, {"why", failure.what()}});
  }
}

}  // namespace feedctl::dev_servers
