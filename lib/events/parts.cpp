#include "events/parts.hpp"

#include "base/log.hpp"
#include "events/events.hpp"
#include "metrics/metrics.hpp"
#include "sql/events.hpp"

namespace feedctl::events {

namespace {
constexpr std::chrono::hours period{1};
constexpr std::chrono::seconds look_every{10};
// A part that was detached comes back with all its events.
constexpr std::chrono::seconds longest_making{30};

void show_ahead(int days) {
  static auto& gauge = metrics::gauge("feedctl_event_parts_ahead",
                                      "Days from today on for which the event log has a part");
  gauge.set(days);
}

void try_to_keep(PartsAhead& parts) {
  try {
    parts.keep();
  } catch (const Error& e) {
    log::warning("could not make parts of the event log",
                 {{"error", e.what()}, {"detail", e.detail()}});
  }
}

}  // namespace

int parts_ahead(store::Database& database) {
  return static_cast<int>(database.read(sql::events::parts_ahead).only().integer(0));
}

bool takes_events(store::Database& database) {
  return database.read(sql::events::takes_events).only().boolean(0);
}

PartKeeper::PartKeeper(store::Database& database, int ahead)
    : database_(database), ahead_(ahead), thread_([this] { run(); }) {}

PartKeeper::~PartKeeper() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_all();
  thread_.join();
}

void PartKeeper::run() {
  PartsAhead parts(database_, ahead_);
  std::unique_lock lock(mutex_);
  while (!stop_) {
    lock.unlock();
    try_to_keep(parts);
    lock.lock();
    stopped_.wait_for(lock, look_every, [this] { return stop_; });
  }
}

void make_parts(store::Database& database, int ahead) {
  auto tx = database.write(longest_making);
  const auto made = tx.query(sql::events::make_parts, store::params(ahead)).only().integer(0);
  tx.commit();
  show_ahead(parts_ahead(database));
  if (made > 0) log::info("made parts of the event log", {{"parts", made}, {"days_ahead", ahead}});
}

void look_at_parts(store::Database& database, int ahead) {
  const int there = parts_ahead(database);
  show_ahead(there);
  if (there < ahead) make_parts(database, ahead);
}

void PartsAhead::keep(Pause::Clock::time_point now) {
  if (!pause_.over(now)) return show_ahead(parts_ahead(database_));
  try {
    make(now);
  } catch (...) {
    pause_.failed(now);
    throw;
  }
  if (const int there = parts_ahead(database_); there < ahead_) {
    pause_.failed(now);
    log::warning("a day of the event log is left to its DEFAULT partition, which holds too much",
                 {{"days_ahead", there}, {"hint", "feedctl migrate up moves it"}});
  } else {
    pause_.done();
  }
}

void PartsAhead::make(Pause::Clock::time_point now) {
  if (now < due_) return look_at_parts(database_, ahead_);
  make_parts(database_, ahead_);
  due_ = now + period;
}

void retire_part(store::Database& database, std::chrono::milliseconds keep, Time now) {
  try {
    const auto retired =
        database.command(sql::events::retire_part, store::params(std::int64_t{keep.count()}, now));
    if (const auto part = retired.only().maybe_text(0)) {
      log::info("retired a part of the event log", {{"part", *part}});
    }
  } catch (const store::SqlError& error) {
    if (error.sqlstate() != "55P03") throw;  // readers are in the way; the next time will do
  }
}

void drop_idle_relay(store::Database& database) {
  if (database.command(sql::events::drop_relay).affected() > 0) {
    log::info("the relay of a bus that nobody uses any more is forgotten");
  }
}

}  // namespace feedctl::events
