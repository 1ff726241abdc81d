#include "events/parts.hpp"

#include <functional>

#include "base/log.hpp"
#include "events/events.hpp"
#include "metrics/metrics.hpp"
#include "sql/events.hpp"

namespace feedctl::events {

namespace {
using Clock = std::chrono::steady_clock;

constexpr std::chrono::hours period{1};
constexpr std::chrono::seconds look_every{10};
// A part that was detached comes back with all its events.
constexpr std::chrono::seconds longest_making{30};

void show_ahead(int days) {
  static auto& gauge = metrics::gauge("feedctl_event_parts_ahead",
                                      "Days from today on for which the event log has a part");
  gauge.set(days);
}

bool attempted(const std::function<void()>& work) {
  try {
    work();
    return true;
  } catch (const Error& e) {
    log::warning("could not make parts of the event log",
                 {{"error", e.what()}, {"detail", e.detail()}});
    return false;
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
  std::unique_lock lock(mutex_);
  for (auto due = Clock::now(); !stop_;) {
    lock.unlock();
    const bool all = Clock::now() >= due;
    const bool done = all ? make() : attempted([this] { look_at_parts(database_, ahead_); });
    if (done && all) due = Clock::now() + period;
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

bool PartKeeper::make() {
  return attempted([this] { make_parts(database_, ahead_); });
}

}  // namespace feedctl::events
