#include "events/worker.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/backoff.hpp"
#include "base/log.hpp"
#include "events/slot_leases.hpp"
#include "events/slot_state.hpp"
#include "metrics/metrics.hpp"
#include "sql/events.hpp"

namespace feedctl::events {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds renew_interval{500};
constexpr milliseconds idle_check_interval{1000};  // at a slot without news
constexpr std::chrono::seconds max_database_silence{10};
constexpr std::chrono::seconds failure_grace{2};  // after it a failure is not transient
constexpr int max_consecutive_steps = 8;
constexpr int lease_count = work_slots + 1;
constexpr std::chrono::seconds log_interval{30};

// The failures of one loop since its last success. Logged at once, then once a log_interval.
struct Failures {
  int count = 0;
  Clock::time_point logged_at{};
};

void record_metrics(std::span<const Event> events) {
  static auto& lag = metrics::histogram(
      "feedctl_event_lag_seconds", "Time from an event's statement to the commit of its effects");
  const auto at = now();
  for (const auto& event : events) {
    // The clocks of two machines differ.
    lag.observe(std::max(std::chrono::duration<double>(at - event.at).count(), 0.0));
  }
  metrics::counter("feedctl_events_processed_total", "Events handled by workers")
      .add(static_cast<double>(events.size()));
}

}  // namespace

class Worker::Impl {
 public:
  Impl(Options options, Effects effects)
      : options_(std::move(options)),
        effects_(std::move(effects)),
        database_(database_options(options_)),
        log_(database_, "work", work_slots),
        relay_log_(database_, "relay", 1),
        relay_effects_(relay_effects()),
        leases_(options_.database, static_cast<bool>(options_.relay)) {
    try {
      threads_.emplace_back([this] { keep_leases(); });
      threads_.emplace_back([this] { options_.wait ? listen() : poll(); });
      for (int i = 0; i < options_.concurrency + (options_.relay ? 1 : 0); ++i) {
        threads_.emplace_back([this] { run_worker(); });
      }
    } catch (...) {  // all threads or none
      stop();
      throw;
    }
  }

  ~Impl() { stop(); }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    stopping_.notify_all();
    for (auto& thread : threads_) thread.join();
    release_all();
  }

  std::vector<int> owned_slots() const {
    const std::lock_guard lock(mutex_);
    std::vector<int> out;
    for (int i = 0; i < work_slots; ++i) {
      if (slots_[index_of(i)].consumer) out.push_back(i);
    }
    return out;
  }

  bool is_relay() const {
    const std::lock_guard lock(mutex_);
    return slots_[index_of(relay_slot)].consumer != nullptr;
  }

  bool is_healthy() const {
    return Clock::now() - last_reached_.load() < max_database_silence && !is_stuck();
  }

 private:
  static std::size_t index_of(int slot) { return static_cast<std::size_t>(slot); }

  // Whether the batches of a slot, or the attempts to take one, only fail, though the database
  // answers.
  bool is_stuck() const {
    const std::lock_guard lock(mutex_);
    if (acquire_failure_streak_.is_older_than(failure_grace)) return true;
    return std::any_of(slots_.begin(), slots_.end(), [](const SlotState& state) {
      return state.failure_streak.is_older_than(failure_grace);
    });
  }

  static store::Options database_options(const Options& options) {
    auto out = options.database;
    out.pool_size = static_cast<std::size_t>(options.concurrency) + 4;
    out.settings = planner_settings();
    return out;
  }

  // The relay defers nothing: a message that cannot be published is only a delay.
  Effects relay_effects() const {
    Effects out;
    out.apply = [this](UnitOfWork&, std::span<const Event> events) { options_.relay(events); };
    out.defer = [](UnitOfWork&, const Event&, const std::string&) {};
    out.dead_letter = [](UnitOfWork&, const Event&, int) {};
    return out;
  }

  template <typename Work>
  void with_retry(const char* what, Failures& failures, Work&& work) {
    try {
      work();
      failures = {};
      last_reached_ = Clock::now();
      return;
    } catch (const std::exception& error) {
      if (failures.count == 0 || Clock::now() >= failures.logged_at + log_interval) {
        log::warning(what, {{"error", describe(error)}, {"failures", failures.count + 1}});
        failures.logged_at = Clock::now();
      }
    }
    sleep_unless_stopped(full_jitter(failures.count++, milliseconds{50}, milliseconds{2000}) +
                         milliseconds{20});
  }

  void sleep_unless_stopped(milliseconds time) {
    std::unique_lock lock(mutex_);
    stopping_.wait_for(lock, time, [this] { return stop_; });
  }

  bool is_stopping() const {
    const std::lock_guard lock(mutex_);
    return stop_;
  }

  // --- slot leases

  void keep_leases() {
    Failures failures;
    while (!is_stopping()) {
      with_retry("cannot renew the slot leases", failures, [&] {
        release_idle();
        const auto change = leases_.renew();
        for (const int slot : change.lost) mark_lost(slot);
        // Also slots that an earlier round locked and did not acquire.
        const auto held = leases_.held();
        bool failed = false;
        for (const int slot : held) failed = !try_acquire(slot) || failed;
        const std::lock_guard lock(mutex_);
        for (const int slot : change.excess) slots_[index_of(slot)].release_when_idle = true;
        acquire_failure_streak_.record(failed);
      });
      static auto& gauge = metrics::gauge("feedctl_work_slots", "Slots that this process owns");
      gauge.set(static_cast<double>(owned_slots().size()));
      sleep_unless_stopped(renew_interval);
    }
  }

  // A slot that cannot be acquired must not stay locked: the next round tries again.
  bool try_acquire(int slot) {
    try {
      acquire(slot);
      return true;
    } catch (const std::exception& error) {
      log::warning("cannot take a slot", {{"slot", slot}, {"error", describe(error)}});
      leases_.release(slot);
      return false;
    }
  }

  // A batch from before the session was lost may still run: the next round takes the slot. Waiting
  // here would leave this session idle until it loses its locks.
  bool needs_consumer(int slot) const {
    const std::lock_guard lock(mutex_);
    const auto& state = slots_[index_of(slot)];
    return !state.consumer && !state.busy;
  }

  void acquire(int slot) {
    if (!needs_consumer(slot)) return;
    const bool relay = slot == relay_slot;
    if (relay) database_.execute(sql::events::make_relay);
    auto& log = relay ? relay_log_ : log_;
    const bool dirty = log.acquire_slot(relay ? 0 : slot);
    const std::lock_guard lock(mutex_);
    auto& state = slots_[index_of(slot)];
    state = SlotState{};
    state.consumer = std::make_unique<Consumer<ConsumerLog>>(
        log, relay ? relay_effects_ : effects_, relay ? 0 : slot, options_.batch, dirty && !relay);
    state.has_new_events = true;
    changed_.notify_all();
  }

  void mark_lost(int slot) {
    const std::lock_guard lock(mutex_);
    auto& state = slots_[index_of(slot)];
    state.forget_when_idle = true;
    if (!state.busy) state = SlotState{};
  }

  void release_idle() {
    for (int slot = 0; slot < lease_count; ++slot) {
      {
        const std::lock_guard lock(mutex_);
        auto& state = slots_[index_of(slot)];
        if (!state.release_when_idle || state.busy) continue;
        state = SlotState{};
      }
      try_release(slot);
    }
  }

  // A slot that cannot be released stays held and is acquired again.
  void try_release(int slot) {
    try {
      release(slot);
    } catch (const std::exception& error) {
      log::warning("cannot release a slot", {{"slot", slot}, {"error", describe(error)}});
    }
  }

  void release(int slot) {
    if (!leases_.has_session()) return;
    if (slot == relay_slot)
      relay_log_.release_slot(0);
    else
      log_.release_slot(slot);
    leases_.release(slot);
  }

  void release_all() {
    for (int slot = 0; slot < lease_count; ++slot) {
      if (slots_[index_of(slot)].consumer) try_release(slot);
    }
  }

  // --- which slots have news

  void poll() {
    Failures failures;
    std::string position;
    while (!is_stopping()) {
      with_retry("cannot read the log", failures, [&] {
        if (position.empty()) {
          position = database_.read(sql::events::now).single_row().text(0);
          notify_all_slots();
        }
        // A position outlives its connection only truncated; looking at every slot is simpler.
        try {
          const auto row = database_.read(sql::events::poll_slots, store::params(position));
          position = row.single_row().text(0);
          notify_slots(row.single_row().text(1));
        } catch (...) {
          position.clear();
          throw;
        }
      });
      sleep_unless_stopped(options_.poll);
    }
  }

  void listen() {
    Failures failures;
    while (!is_stopping()) {
      with_retry("cannot receive from the bus", failures, [&] {
        const auto owned = owned_slots();
        if (owned.empty()) {
          sleep_unless_stopped(milliseconds{100});
          return;
        }
        for (const int slot : options_.wait(owned, milliseconds{500})) notify_slot(slot);
        notify_slot(relay_slot);
      });
    }
  }

  void notify_slot(int slot) {
    {
      const std::lock_guard lock(mutex_);
      if (slot < 0 || slot >= lease_count) return;
      slots_[index_of(slot)].has_new_events = true;
    }
    changed_.notify_all();
  }

  void notify_all_slots() {
    for (int slot = 0; slot < lease_count; ++slot) notify_slot(slot);
  }

  void notify_slots(std::string_view slots) {
    if (slots.empty()) return;
    while (!slots.empty()) {
      const auto comma = slots.find(',');
      int slot = -1;
      const auto word = slots.substr(0, comma);
      std::from_chars(word.data(), word.data() + word.size(), slot);
      notify_slot(slot);
      slots = comma == std::string_view::npos ? std::string_view{} : slots.substr(comma + 1);
    }
    notify_slot(relay_slot);
  }

  // --- batches

  void run_worker() {
    while (const auto slot = wait_for_slot()) run_slot(*slot);
  }

  // The next slot with work, round robin; nullopt: stop.
  std::optional<int> wait_for_slot() {
    std::unique_lock lock(mutex_);
    while (!stop_) {
      const auto time = Clock::now();
      for (int i = 1; i <= lease_count; ++i) {
        const int slot = (last_slot_ + i) % lease_count;
        auto& state = slots_[index_of(slot)];
        if (!state.consumer || state.busy || state.release_when_idle || state.forget_when_idle)
          continue;
        if (state.retry_at > time) continue;
        // With a bus only the relay reads the log, once a poll interval.
        const auto due = slot == relay_slot ? state.saved_at + options_.poll : state.next_check;
        if (!state.has_new_events && due > time) continue;
        const bool suspect = state.consumer->recovery().poison_candidate;
        if (suspect && exclusive_running_) continue;
        if (suspect) state.exclusive = exclusive_running_ = true;
        last_slot_ = slot;
        state.busy = true;
        state.has_new_events = false;
        state.next_check = time + idle_check_interval;
        return slot;
      }
      changed_.wait_for(lock, options_.relay ? options_.poll : milliseconds{100});
    }
    return std::nullopt;
  }

  void run_slot(int slot) {
    auto& state = slots_[index_of(slot)];
    auto step = StepResult::idle;
    bool failed = false;
    try {
      const bool save = Clock::now() - state.saved_at > idle_check_interval;
      const int max_steps = state.exclusive ? 1 : max_consecutive_steps;
      int steps = 0;
      do {
        step = state.consumer->step(save);
        if (slot != relay_slot) record_metrics(state.consumer->last_events());
      } while (step == StepResult::worked && ++steps < max_steps && !is_stopping());
      if (save || slot == relay_slot) state.saved_at = Clock::now();
      last_reached_ = Clock::now();
      if (step == StepResult::idle && slot != relay_slot && options_.mark_processed)
        options_.mark_processed(slot);
    } catch (const std::exception& error) {
      failed = true;
      log::warning("a batch of events will be tried again",
                   {{"slot", slot}, {"error", describe(error)}});
    }
    on_slot_done(state, step, failed);
  }

  void on_slot_done(SlotState& state, StepResult step, bool failed) {
    const std::lock_guard lock(mutex_);
    state.busy = false;
    if (std::exchange(state.exclusive, false)) exclusive_running_ = false;
    state.failure_streak.record(failed);
    // If another owner has the slot, the next renewal tells.
    if (failed || step == StepResult::lost) {
      state.has_new_events = true;
      state.retry_at = Clock::now() + milliseconds{10} +
                       full_jitter(state.failures++, milliseconds{20}, milliseconds{5000});
    } else {
      state.failures = 0;
      if (step == StepResult::worked) state.has_new_events = true;
    }
    if (state.forget_when_idle) state = SlotState{};
    changed_.notify_all();
  }

  const Options options_;
  const Effects effects_;
  store::Database database_;
  ConsumerLog log_;
  ConsumerLog relay_log_;
  const Effects relay_effects_;
  SlotLeases leases_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable stopping_;
  std::array<SlotState, lease_count> slots_;
  FailureStreak acquire_failure_streak_;
  int last_slot_ = 0;
  bool exclusive_running_ = false;
  bool stop_ = false;
  std::atomic<Clock::time_point> last_reached_{Clock::now()};
  std::vector<std::thread> threads_;
};

Worker::Worker(Options options, Effects effects)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(effects))) {}
Worker::~Worker() = default;

std::vector<int> Worker::owned_slots() const {
  return impl_->owned_slots();
}
bool Worker::is_relay() const {
  return impl_->is_relay();
}
bool Worker::is_healthy() const {
  return impl_->is_healthy();
}

}  // namespace feedctl::events
