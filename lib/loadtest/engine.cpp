#include "loadtest/engine.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <limits>
#include <mutex>
#include <thread>

#include "base/error.hpp"
#include "base/version.hpp"
#include "http_client/connection.hpp"
#include "http_client/failure.hpp"
#include "http_client/resolver.hpp"
#include "loadtest/generator.hpp"
#include "loadtest/interval_merger.hpp"
#include "loadtest/recorder.hpp"

namespace feedctl::loadtest {
namespace {

using namespace std::chrono_literals;

constexpr int max_threads = 256, max_connections = 200'000;
constexpr std::size_t max_waiting = std::size_t{1} << 20;  // over all threads
constexpr std::size_t max_max_response = std::size_t{1} << 30;
constexpr auto lookup_timeout = 10s, probe_timeout = 2s;
constexpr auto poll_interval = 50ms;
constexpr auto time_to_start_threads = 20ms;

void require(bool condition, const std::string& message) {
  if (!condition) throw Error(ErrorCode::invalid_argument, message);
}

void require_valid(const EngineOptions& options) {
  require(options.port >= 1 && options.port <= 65535, "a port is from 1 to 65535");
  require(options.threads >= 1 && options.threads <= max_threads,
          "a load has 1 to " + std::to_string(max_threads) + " threads");
  require(options.connections >= options.threads, "each thread needs at least one connection");
  require(options.connections <= max_connections,
          "a load has at most " + std::to_string(max_connections) + " connections");
  require(options.timeout > 0ms && options.timeout <= 1h, "the time-out is from 1ms to 1h");
  require(options.warm_up >= 0ms && options.warm_up <= 24h, "the warm-up is from 0 to 24h");
  require(options.max_response <= max_max_response, "a response has at most 1 GiB");
  require(std::any_of(options.stages.begin(), options.stages.end(),
                      [](const Stage& stage) { return stage.duration > 0ms; }),
          "a load needs a stage that lasts");
}

// The soft limit is raised where it is too low.
void require_open_files(const EngineOptions& options) {
  const auto needed = static_cast<rlim_t>(options.connections + options.threads + 64);
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed) return;
  const auto before = limit.rlim_cur;
  limit.rlim_cur = needed;
  if (needed <= limit.rlim_max && ::setrlimit(RLIMIT_NOFILE, &limit) == 0) return;
  throw Error(ErrorCode::failed, std::to_string(options.connections) + " connections need " +
                                     std::to_string(needed) + " open files, and the limit is " +
                                     std::to_string(std::max(before, limit.rlim_max)))
      .with_hint("raise it with `ulimit -n " + std::to_string(needed) +
                 "`, or use fewer connections");
}

bool accepts_connections(const IpAddress& address, int port) {
  try {
    http_client::Connection(address, port,
                            {probe_timeout, probe_timeout, Deadline::after(probe_timeout), 0});
    return true;
  } catch (const http_client::CallFailure&) {
    return false;
  }
}

// "localhost" has two addresses, and a server may listen on one of them only.
http_client::SocketAddress find_address(const std::string& host, int port) {
  try {
    const auto addresses = http_client::resolve(host, Deadline::after(lookup_timeout));
    auto chosen = addresses.begin();
    if (addresses.size() > 1) {
      const auto reachable = std::find_if(
          addresses.begin(), addresses.end(),
          [&](const IpAddress& address) { return accepts_connections(address, port); });
      if (reachable != addresses.end()) chosen = reachable;
    }
    return http_client::to_socket_address(*chosen, port);
  } catch (const http_client::CallFailure& failure) {
    throw Error(ErrorCode::unavailable, "cannot find " + host + ": " + failure.what());
  }
}

// The warm-up does not make a ramp that comes first begin at another rate than 0.
std::vector<Stage> with_warm_up(const EngineOptions& options) {
  std::vector<Stage> stages{{options.stages.front().rate, options.warm_up, false}, {0, 0ms, false}};
  stages.insert(stages.end(), options.stages.begin(), options.stages.end());
  return stages;
}

// Without arrivals: the closed model needs the duration only.
std::vector<Stage> without_rates(std::vector<Stage> stages) {
  for (auto& stage : stages) stage = {0, stage.duration, false};
  return stages;
}

std::uint32_t last_second_of(std::chrono::nanoseconds duration) {
  return static_cast<std::uint32_t>(std::max(0ns, duration - 1ns) / 1s);
}

struct Worker {
  std::unique_ptr<RequestSource> source;
  std::unique_ptr<Recorder> recorder;
  std::unique_ptr<Generator> generator;
  std::uint32_t complete_before = 0;
  std::exception_ptr error;
};

class LoadRun {
 public:
  LoadRun(const EngineOptions& options, const std::vector<std::string>& operations,
          LoadObserver& observer)
      : options_(options),
        observer_(observer),
        schedule_(options.closed ? without_rates(with_warm_up(options)) : with_warm_up(options)),
        merger_(options.closed ? nullptr : &schedule_, last_second_of(schedule_.duration())),
        operations_(operations) {}

  LoadResult run(const std::function<std::unique_ptr<RequestSource>(int thread)>& sources);

 private:
  void set_times();
  void make_worker(int thread, std::unique_ptr<RequestSource> source);
  void start();
  void watch();
  void collect();
  void stop();
  LoadResult result() const;
  void add_operations(LoadResult& result) const;

  const EngineOptions& options_;
  LoadObserver& observer_;
  const ArrivalSchedule schedule_;
  IntervalMerger merger_;
  const std::vector<std::string>& operations_;
  http_client::SocketAddress address_;
  Time started_at_;
  Clock::time_point start_, measured_from_, end_;
  std::vector<Interval> intervals_;
  bool was_interrupted_ = false;

  std::atomic<bool> should_stop_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t finished_ = 0;  // threads; guarded by mutex_
  std::vector<Worker> workers_;
  std::vector<std::jthread> threads_;
};

void LoadRun::set_times() {
  started_at_ = std::max(now() + time_to_start_threads, options_.start_at.value_or(Time{}));
  start_ = Clock::now() + (started_at_ - now());
  measured_from_ = start_ + options_.warm_up;
  end_ = start_ + schedule_.duration();
}

void LoadRun::make_worker(int thread, std::unique_ptr<RequestSource> source) {
  const auto share = [&](int all) {
    return static_cast<std::size_t>(all / options_.threads +
                                    (thread < all % options_.threads ? 1 : 0));
  };
  GeneratorOptions options;
  options.address = address_;
  options.is_closed = options_.closed;
  options.connections = share(options_.connections);
  options.max_waiting = max_waiting / static_cast<std::size_t>(options_.threads);
  options.max_response = options_.max_response;
  options.timeout = options_.timeout;
  options.start = start_;
  options.measured_from = measured_from_;
  options.end = end_;
  Worker worker;
  worker.source = std::move(source);
  worker.recorder = std::make_unique<Recorder>(operations_, Recorder::Times{start_, measured_from_},
                                               options_.closed);
  worker.generator =
      std::make_unique<Generator>(options,
                                  ArrivalCursor(schedule_, static_cast<std::uint64_t>(thread),
                                                static_cast<std::uint64_t>(options_.threads)),
                                  *worker.source, *worker.recorder);
  workers_.push_back(std::move(worker));
}

void LoadRun::start() {
  for (auto& worker : workers_) {
    threads_.emplace_back([this, &worker] {
      try {
        worker.generator->run(should_stop_);
      } catch (...) {
        worker.error = std::current_exception();
        should_stop_ = true;
        worker.recorder->finish(0);
      }
      const std::lock_guard lock(mutex_);
      ++finished_;
      changed_.notify_one();
    });
  }
}

// Until all threads have finished.
void LoadRun::watch() {
  std::unique_lock lock(mutex_);
  while (finished_ < workers_.size()) {
    changed_.wait_for(lock, poll_interval, [&] { return finished_ == workers_.size(); });
    lock.unlock();
    collect();
    if (!should_stop_ && observer_.should_stop()) stop();
    lock.lock();
  }
}

void LoadRun::collect() {
  auto complete_before = std::numeric_limits<std::uint32_t>::max();
  bool is_finished = true;
  for (auto& worker : workers_) {
    const auto taken = worker.recorder->take();
    merger_.add(taken.parts);
    is_finished &= taken.is_finished;
    if (!taken.is_finished) complete_before = std::min(complete_before, taken.complete_before);
  }
  for (auto& interval : merger_.take(complete_before, is_finished)) {
    observer_.on_interval(interval);
    intervals_.push_back(interval);
  }
}

void LoadRun::stop() {
  const auto stopped_at = std::clamp(Clock::now(), start_, end_);
  merger_.stop_at(last_second_of(stopped_at - start_));
  end_ = stopped_at;
  was_interrupted_ = true;
  should_stop_ = true;
}

LoadResult LoadRun::run(const std::function<std::unique_ptr<RequestSource>(int thread)>& sources) {
  address_ = find_address(options_.host, options_.port);
  std::vector<std::unique_ptr<RequestSource>> made;
  for (int thread = 0; thread < options_.threads; ++thread) made.push_back(sources(thread));
  set_times();
  for (int thread = 0; thread < options_.threads; ++thread)
    make_worker(thread, std::move(made[static_cast<std::size_t>(thread)]));
  try {
    start();
    watch();
  } catch (...) {
    should_stop_ = true;
    threads_.clear();
    throw;
  }
  threads_.clear();
  collect();
  for (const auto& worker : workers_) {
    if (worker.error) std::rethrow_exception(worker.error);
  }
  return result();
}

LoadResult LoadRun::result() const {
  LoadResult result;
  result.url = "http://" + options_.host + ":" + std::to_string(options_.port);
  result.model = options_.closed ? "closed" : "open";
  result.feedctl_version = version;
  result.started_at = started_at_;
  result.warm_up = options_.warm_up;
  result.duration = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::max<Clock::duration>(end_ - measured_from_, 0ns));
  result.threads = options_.threads;
  result.connections = options_.connections;
  result.was_interrupted = was_interrupted_;
  result.intervals = intervals_;
  add_operations(result);
  return result;
}

void LoadRun::add_operations(LoadResult& result) const {
  for (const auto& worker : workers_) {
    result.cpu_seconds += std::chrono::duration<double>(worker.generator->cpu_time()).count();
    result.skipped_arrivals += worker.recorder->skipped();
    const auto& parts = worker.recorder->operations();
    if (result.operations.empty()) {
      result.operations = parts;
      continue;
    }
    for (std::size_t i = 0; i < parts.size(); ++i) merge(result.operations[i], parts[i]);
  }
}

}  // namespace

LoadResult run_load(const EngineOptions& options,
                    const std::function<std::unique_ptr<RequestSource>(int thread)>& sources,
                    const std::vector<std::string>& operations, LoadObserver& observer) {
  require_valid(options);
  require_open_files(options);
  return LoadRun(options, operations, observer).run(sources);
}

}  // namespace feedctl::loadtest
