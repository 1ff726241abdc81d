#include "events/worker.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <map>
#include <thread>
#include <utility>

#include "base/backoff.hpp"
#include "base/log.hpp"
#include "events/slot_leases.hpp"
#include "events/slot_table.hpp"
#include "metrics/metrics.hpp"
#include "sql/events.hpp"

namespace feedctl::events {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds renew_interval{500};
constexpr std::chrono::seconds max_database_silence{10};
constexpr std::chrono::seconds failure_grace{2};  // after it a failure is not transient
constexpr int max_consecutive_steps = 8;
constexpr std::chrono::seconds log_interval{30};

// The failures of one loop since its last success. Logged at once, then once a log_interval.
struct Failures {
  int count = 0;
  Clock::time_point logged_at{};
};

// Events of the running step that did not end as usual. A step runs on one thread.
struct Exceptions {
  std::vector<std::int64_t> retried, dead;
};
thread_local Exceptions exceptions;

bool contains(const std::vector<std::int64_t>& ids, std::int64_t id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

const char* result_of(const Event& event) {
  if (contains(exceptions.dead, event.id)) return "dead";
  return contains(exceptions.retried, event.id) ? "retry" : "done";
}

void count_processed(std::span<const Event> events) {
  std::map<std::pair<std::string_view, const char*>, int> counts;
  for (const auto& event : events) ++counts[{name_of(event.type), result_of(event)}];
  for (const auto& [labels, count] : counts) {
    const auto type = labels.first.empty() ? "unknown" : std::string(labels.first);
    metrics::counter("feedctl_events_processed_total",
                     "Events handled by workers, by type and result",
                     {{"type", type}, {"result", labels.second}})
        .add(count);
  }
}

void record_metrics(std::span<const Event> events, Clock::duration took) {
  if (events.empty()) return;
  static auto& lag = metrics::histogram(
      "feedctl_event_lag_seconds", "Time from an event's statement to the commit of its effects");
  const auto at = now();
  for (const auto& event : events) {
    // The clocks of two machines differ.
    lag.observe(std::max(std::chrono::duration<double>(at - event.at).count(), 0.0));
  }
  static auto& durations = metrics::histogram("feedctl_event_batch_duration_seconds",
                                              "Time of one batch of events, to its commit");
  durations.observe(std::chrono::duration<double>(took).count());
  count_processed(events);
}

// Remembers the events for record_metrics().
Consumer<ConsumerLog>::Effects observed(Consumer<ConsumerLog>::Effects effects) {
  auto out = effects;
  out.retry_later = [retry_later = effects.retry_later](UnitOfWork& unit, const Event& event,
                                                        const std::string& error) {
    retry_later(unit, event, error);
    exceptions.retried.push_back(event.id);
  };
  out.dead_letter = [dead_letter = effects.dead_letter](UnitOfWork& unit, const Event& event,
                                                        int crashes) {
    dead_letter(unit, event, crashes);
    exceptions.dead.push_back(event.id);
  };
  return out;
}

}  // namespace

class Worker::Impl {
 public:
  Impl(Options options, Effects effects)
      : options_(std::move(options)),
        effects_(observed(std::move(effects))),
        database_(database_options(options_)),
        log_(database_, "work", work_slots),
        relay_log_(database_, "relay", 1),
        relay_effects_(relay_effects()),
        leases_(options_.database, static_cast<bool>(options_.relay)),
        slots_(options_.relay ? std::optional(options_.poll) : std::nullopt) {
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
    slots_.stop();
    for (auto& thread : threads_) thread.join();
    release_all();
  }

  std::vector<int> owned_slots() const { return slots_.owned_slots(); }
  bool is_relay() const { return slots_.owns(relay_slot); }
  // A slot may do nothing but fail though the database answers.
  bool is_healthy() const {
    return Clock::now() - last_reached_.load() < max_database_silence &&
           !slots_.is_failing_for(failure_grace);
  }

 private:
  static store::Options database_options(const Options& options) {
    auto out = options.database;
    out.pool_size = static_cast<std::size_t>(options.concurrency) + 4;
    out.settings = planner_settings();
    return out;
  }

  // The relay leaves nothing to jobs: a message that cannot be published is only a delay.
  Effects relay_effects() const {
    Effects out;
    out.apply = [this](UnitOfWork&, std::span<const Event> events) { options_.relay(events); };
    out.retry_later = [](UnitOfWork&, const Event&, const std::string&) {};
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
    slots_.sleep_for(full_jitter(failures.count++, milliseconds{50}, milliseconds{2000}) +
                     milliseconds{20});
  }

  // --- slot leases

  void keep_leases() {
    Failures failures;
    while (!slots_.is_stopping()) {
      with_retry("cannot renew the slot leases", failures, [&] {
        release_idle();
        const auto change = leases_.renew();
        for (const int slot : change.lost) slots_.forget(slot);
        // Also slots that an earlier round locked and did not acquire.
        const auto held = leases_.held();
        bool failed = false;
        for (const int slot : held) failed = !try_acquire(slot) || failed;
        for (const int slot : change.excess) slots_.release_when_idle(slot);
        slots_.record_acquisition(failed);
      });
      static auto& gauge = metrics::gauge("feedctl_work_slots", "Slots that this process owns");
      gauge.set(static_cast<double>(owned_slots().size()));
      slots_.sleep_for(renew_interval);
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

  // If a batch from before the session was lost still runs, the next round acquires the slot.
  // Waiting here would leave this session idle until it loses its locks.
  void acquire(int slot) {
    if (!slots_.needs_consumer(slot)) return;
    const bool relay = slot == relay_slot;
    if (relay) database_.execute(sql::events::make_relay);
    auto& log = relay ? relay_log_ : log_;
    const bool was_abandoned = log.acquire_slot(relay ? 0 : slot);
    slots_.put_consumer(slot, std::make_unique<Consumer<ConsumerLog>>(
                                  log, relay ? relay_effects_ : effects_, relay ? 0 : slot,
                                  options_.batch, was_abandoned && !relay));
  }

  void release_idle() {
    for (int slot = 0; slot < SlotTable::slot_count; ++slot) {
      if (slots_.take_releasable(slot)) try_release(slot);
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
    for (int slot = 0; slot < SlotTable::slot_count; ++slot) {
      if (slots_.owns(slot)) try_release(slot);
    }
  }

  // --- which slots have news

  void poll() {
    Failures failures;
    std::string position;
    while (!slots_.is_stopping()) {
      with_retry("cannot read the log", failures, [&] {
        if (position.empty()) {
          position = database_.read(sql::events::now).single_row().text(0);
          slots_.notify_all();
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
      slots_.sleep_for(options_.poll);
    }
  }

  void listen() {
    Failures failures;
    while (!slots_.is_stopping()) {
      with_retry("cannot receive from the bus", failures, [&] {
        const auto owned = owned_slots();
        if (owned.empty()) {
          slots_.sleep_for(milliseconds{100});
          return;
        }
        for (const int slot : options_.wait(owned, milliseconds{500})) slots_.notify(slot);
        slots_.notify(relay_slot);
      });
    }
  }

  void notify_slots(std::string_view slots) {
    if (slots.empty()) return;
    while (!slots.empty()) {
      const auto comma = slots.find(',');
      int slot = -1;
      const auto word = slots.substr(0, comma);
      std::from_chars(word.data(), word.data() + word.size(), slot);
      slots_.notify(slot);
      slots = comma == std::string_view::npos ? std::string_view{} : slots.substr(comma + 1);
    }
    slots_.notify(relay_slot);
  }

  // --- batches

  void run_worker() {
    while (const auto slot = slots_.wait_for_slot()) run_slot(*slot);
  }

  void run_slot(int slot) {
    auto& state = slots_.running(slot);
    auto step = StepResult::idle;
    bool failed = false;
    try {
      const bool save = Clock::now() - state.saved_at > SlotTable::idle_check_interval;
      const int max_steps = state.exclusive ? 1 : max_consecutive_steps;
      int steps = 0;
      do {
        exceptions = {};
        const auto start = Clock::now();
        step = state.consumer->step(save);
        if (slot != relay_slot) record_metrics(state.consumer->last_events(), Clock::now() - start);
      } while (step == StepResult::worked && ++steps < max_steps && !slots_.is_stopping());
      if (save || slot == relay_slot) state.saved_at = Clock::now();
      last_reached_ = Clock::now();
      if (step == StepResult::idle && slot != relay_slot && options_.mark_processed)
        options_.mark_processed(slot);
    } catch (const std::exception& error) {
      failed = true;
      log::warning("a batch of events will be tried again",
                   {{"slot", slot}, {"error", describe(error)}});
    }
    slots_.finish_run(slot, step, failed);
  }

  const Options options_;
  const Effects effects_;
  store::Database database_;
  ConsumerLog log_;
  ConsumerLog relay_log_;
  const Effects relay_effects_;
  SlotLeases leases_;
  SlotTable slots_;
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
