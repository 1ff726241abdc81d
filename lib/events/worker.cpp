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
#include "events/seats.hpp"
#include "metrics/metrics.hpp"
#include "sql/events.hpp"

namespace feedctl::events {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds seats_period{500};
constexpr milliseconds look_period{1000};  // at a slot without news
constexpr std::chrono::seconds reached_within{10};
constexpr std::chrono::seconds fails_for{2};  // from then on a failure is no passing one
constexpr int steps_in_a_row = 8;
constexpr int seats = work_slots + 1;
constexpr std::chrono::seconds told_interval{30};

// Of one loop, since it last succeeded. What goes on for hours is told at once and then seldom.
struct Failures {
  int count = 0;
  Clock::time_point told{};
};

void observe(std::span<const Event> events) {
  static auto& lag = metrics::histogram(
      "feedctl_event_lag_seconds", "Time from an event's statement to the commit of its effects");
  const auto at = now();
  for (const auto& event : events) {
    // The clocks of two machines differ, and one may have been put back since.
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
        database_(reader(options_)),
        log_(database_, "work", work_slots),
        relay_log_(database_, "relay", 1),
        relay_effects_(relay_effects()),
        seats_(options_.database, static_cast<bool>(options_.relay)) {
    try {
      threads_.emplace_back([this] { keep_seats(); });
      threads_.emplace_back([this] { options_.wait ? listen() : poll(); });
      for (int i = 0; i < options_.concurrency + (options_.relay ? 1 : 0); ++i) {
        threads_.emplace_back([this] { work(); });
      }
    } catch (...) {  // without all of them there is none
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
    give_all_back();
  }

  std::vector<int> owned() const {
    const std::lock_guard lock(mutex_);
    std::vector<int> out;
    for (int i = 0; i < work_slots; ++i) {
      if (places_[at(i)].consumer) out.push_back(i);
    }
    return out;
  }

  bool relays() const {
    const std::lock_guard lock(mutex_);
    return places_[at(relay_seat)].consumer != nullptr;
  }

  bool healthy() const { return Clock::now() - reached_.load() < reached_within && !stuck(); }

 private:
  struct Place {
    std::unique_ptr<Consumer<Log>> consumer;  // nullptr: not ours
    bool busy = false;
    bool alone = false;  // at an event that may end this process, see Care::suspect
    bool news = false;
    bool leaving = false;  // to be freed once it is idle
    bool dropped = false;  // the session is gone; forget it once it is idle
    int failures = 0;
    std::optional<Clock::time_point> failing_since;
    Clock::time_point not_before{};
    Clock::time_point look_at{};
    Clock::time_point saved{};
  };

  static std::size_t at(int seat) { return static_cast<std::size_t>(seat); }

  // The batches of a slot, or the attempts to take one, have done nothing but fail for a while,
  // though the database is there.
  bool stuck() const {
    const auto since = Clock::now() - fails_for;
    const std::lock_guard lock(mutex_);
    if (taking_fails_since_ && *taking_fails_since_ < since) return true;
    return std::any_of(places_.begin(), places_.end(), [&](const Place& place) {
      return place.failing_since && *place.failing_since < since;
    });
  }

  static store::Options reader(const Options& options) {
    auto out = options.database;
    out.pool_size = static_cast<std::size_t>(options.concurrency) + 4;
    out.settings = reader_settings();
    return out;
  }

  // The relay has nothing to undo and nothing to park: what cannot be published is only a delay.
  Effects relay_effects() const {
    Effects out;
    out.apply = [this](Unit&, std::span<const Event> events) { options_.relay(events); };
    out.park = [](Unit&, const Event&, const std::string&) {};
    out.bury = [](Unit&, const Event&, int) {};
    return out;
  }

  template <typename Work>
  void patiently(const char* what, Failures& failures, Work&& work) {
    try {
      work();
      failures = {};
      reached_ = Clock::now();
      return;
    } catch (const std::exception& error) {
      if (failures.count == 0 || Clock::now() >= failures.told + told_interval) {
        log::warning(what, {{"error", describe(error)}, {"failures", failures.count + 1}});
        failures.told = Clock::now();
      }
    }
    pause(full_jitter(failures.count++, milliseconds{50}, milliseconds{2000}) + milliseconds{20});
  }

  void pause(milliseconds time) {
    std::unique_lock lock(mutex_);
    stopping_.wait_for(lock, time, [this] { return stop_; });
  }

  bool stopped() const {
    const std::lock_guard lock(mutex_);
    return stop_;
  }

  // --- which slots are ours

  void keep_seats() {
    Failures failures;
    while (!stopped()) {
      patiently("cannot keep the workers' slots", failures, [&] {
        free_idle();
        const auto change = seats_.refresh();
        for (const int seat : change.lost) drop(seat);
        // Also what an earlier turn locked and did not come to.
        const auto held = seats_.held();
        bool failed = false;
        for (const int seat : held) failed = !take_or_free(seat) || failed;
        const std::lock_guard lock(mutex_);
        for (const int seat : change.surplus) places_[at(seat)].leaving = true;
        if (!failed)
          taking_fails_since_.reset();
        else if (!taking_fails_since_)
          taking_fails_since_ = Clock::now();
      });
      static auto& gauge = metrics::gauge("feedctl_work_slots", "Slots that this process owns");
      gauge.set(static_cast<double>(owned().size()));
      pause(seats_period);
    }
  }

  // What cannot be taken now must not stay locked: the next turn tries it again. False: it cannot.
  bool take_or_free(int seat) {
    try {
      take(seat);
      return true;
    } catch (const std::exception& error) {
      log::warning("cannot take a slot", {{"slot", seat}, {"error", describe(error)}});
      seats_.free(seat);
      return false;
    }
  }

  // A batch begun before the session was lost may still be at it: then the next turn takes it. To
  // wait here would let this session stand idle until its locks are gone.
  bool waits_for_consumer(int seat) const {
    const std::lock_guard lock(mutex_);
    const auto& place = places_[at(seat)];
    return !place.consumer && !place.busy;
  }

  void take(int seat) {
    if (!waits_for_consumer(seat)) return;
    const bool relay = seat == relay_seat;
    if (relay) database_.command(sql::events::make_relay);
    auto& log = relay ? relay_log_ : log_;
    const bool dirty = log.take(relay ? 0 : seat);
    const std::lock_guard lock(mutex_);
    auto& place = places_[at(seat)];
    place = Place{};
    place.consumer = std::make_unique<Consumer<Log>>(
        log, relay ? relay_effects_ : effects_, relay ? 0 : seat, options_.batch, dirty && !relay);
    place.news = true;
    changed_.notify_all();
  }

  void drop(int seat) {
    const std::lock_guard lock(mutex_);
    auto& place = places_[at(seat)];
    place.dropped = true;
    if (!place.busy) place = Place{};
  }

  void free_idle() {
    for (int seat = 0; seat < seats; ++seat) {
      {
        const std::lock_guard lock(mutex_);
        auto& place = places_[at(seat)];
        if (!place.leaving || place.busy) continue;
        place = Place{};
      }
      try_give_back(seat);
    }
  }

  // What cannot be given back now is held still, and taken again.
  void try_give_back(int seat) {
    try {
      give_back(seat);
    } catch (const std::exception& error) {
      log::warning("cannot give a slot back", {{"slot", seat}, {"error", describe(error)}});
    }
  }

  void give_back(int seat) {
    if (!seats_.alive()) return;
    if (seat == relay_seat)
      relay_log_.give_back(0);
    else
      log_.give_back(seat);
    seats_.free(seat);
  }

  void give_all_back() {
    for (int seat = 0; seat < seats; ++seat) {
      if (places_[at(seat)].consumer) try_give_back(seat);
    }
  }

  // --- what has news

  void poll() {
    Failures failures;
    std::string position;
    while (!stopped()) {
      patiently("cannot look into the log", failures, [&] {
        if (position.empty()) {
          position = database_.read(sql::events::now).only().text(0);
          tell_all();
        }
        // A position outlives its connection only cut; looking at every slot is simpler.
        try {
          const auto row = database_.read(sql::events::poll_slots, store::params(position));
          position = row.only().text(0);
          tell(row.only().text(1));
        } catch (...) {
          position.clear();
          throw;
        }
      });
      pause(options_.poll);
    }
  }

  void listen() {
    Failures failures;
    while (!stopped()) {
      patiently("cannot hear from the bus", failures, [&] {
        auto mine = owned();
        if (mine.empty()) {
          pause(milliseconds{100});
          return;
        }
        for (const int slot : options_.wait(mine, milliseconds{500})) tell_one(slot);
        tell_one(relay_seat);
      });
    }
  }

  void tell_one(int seat) {
    {
      const std::lock_guard lock(mutex_);
      if (seat < 0 || seat >= seats) return;
      places_[at(seat)].news = true;
    }
    changed_.notify_all();
  }

  void tell_all() {
    for (int seat = 0; seat < seats; ++seat) tell_one(seat);
  }

  void tell(std::string_view slots) {
    if (slots.empty()) return;
    while (!slots.empty()) {
      const auto comma = slots.find(',');
      int slot = -1;
      const auto word = slots.substr(0, comma);
      std::from_chars(word.data(), word.data() + word.size(), slot);
      tell_one(slot);
      slots = comma == std::string_view::npos ? std::string_view{} : slots.substr(comma + 1);
    }
    tell_one(relay_seat);
  }

  // --- batches

  void work() {
    while (const auto seat = next()) run(*seat);
  }

  // The seat whose turn it is, round robin; nullopt: stop.
  std::optional<int> next() {
    std::unique_lock lock(mutex_);
    while (!stop_) {
      const auto time = Clock::now();
      for (int i = 1; i <= seats; ++i) {
        const int seat = (last_ + i) % seats;
        auto& place = places_[at(seat)];
        if (!place.consumer || place.busy || place.leaving || place.dropped) continue;
        if (place.not_before > time) continue;
        // With a carrier the relay alone looks at the log; it does so at the pace of a poll.
        const auto due = seat == relay_seat ? place.saved + options_.poll : place.look_at;
        if (!place.news && due > time) continue;
        const bool suspect = place.consumer->care().suspect;
        if (suspect && one_alone_) continue;
        if (suspect) place.alone = one_alone_ = true;
        last_ = seat;
        place.busy = true;
        place.news = false;
        place.look_at = time + look_period;
        return seat;
      }
      changed_.wait_for(lock, options_.relay ? options_.poll : milliseconds{100});
    }
    return std::nullopt;
  }

  void run(int seat) {
    auto& place = places_[at(seat)];
    auto step = Step::idle;
    bool failed = false;
    try {
      const bool save = Clock::now() - place.saved > look_period;
      const int most = place.alone ? 1 : steps_in_a_row;
      int steps = 0;
      do {
        step = place.consumer->step(save);
        if (seat != relay_seat) observe(place.consumer->last());
      } while (step == Step::worked && ++steps < most && !stopped());
      if (save || seat == relay_seat) place.saved = Clock::now();
      reached_ = Clock::now();
      if (step == Step::idle && seat != relay_seat && options_.passed) options_.passed(seat);
    } catch (const std::exception& error) {
      failed = true;
      log::warning("a batch of events will be tried again",
                   {{"slot", seat}, {"error", describe(error)}});
    }
    settle(place, step, failed);
  }

  void settle(Place& place, Step step, bool failed) {
    const std::lock_guard lock(mutex_);
    place.busy = false;
    if (std::exchange(place.alone, false)) one_alone_ = false;
    if (!failed)
      place.failing_since.reset();
    else if (!place.failing_since)
      place.failing_since = Clock::now();
    // Lost to another owner: who that is, the seats will tell.
    if (failed || step == Step::lost) {
      place.news = true;
      place.not_before = Clock::now() + milliseconds{10} +
                         full_jitter(place.failures++, milliseconds{20}, milliseconds{5000});
    } else {
      place.failures = 0;
      if (step == Step::worked) place.news = true;
    }
    if (place.dropped) place = Place{};
    changed_.notify_all();
  }

  const Options options_;
  const Effects effects_;
  store::Database database_;
  Log log_;
  Log relay_log_;
  const Effects relay_effects_;
  Seats seats_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable stopping_;
  std::array<Place, seats> places_;
  std::optional<Clock::time_point> taking_fails_since_;
  int last_ = 0;
  bool one_alone_ = false;
  bool stop_ = false;
  std::atomic<Clock::time_point> reached_{Clock::now()};
  std::vector<std::thread> threads_;
};

Worker::Worker(Options options, Effects effects)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(effects))) {}
Worker::~Worker() = default;

std::vector<int> Worker::owned() const {
  return impl_->owned();
}
bool Worker::relays() const {
  return impl_->relays();
}
bool Worker::healthy() const {
  return impl_->healthy();
}

}  // namespace feedctl::events
