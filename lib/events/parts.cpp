#include "base/log.hpp"
#include "events/events.hpp"
#include "metrics/metrics.hpp"
#include "sql/events.hpp"

namespace feedctl::events {

namespace {
constexpr std::chrono::hours period{1};
constexpr std::chrono::seconds retry{10};
}  // namespace

int parts_ahead(store::Database& database) {
  return static_cast<int>(database.read(sql::events::parts_ahead).only().integer(0));
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
  while (!stop_) {
    lock.unlock();
    const bool made = make();
    lock.lock();
    stopped_.wait_for(lock, made ? std::chrono::seconds(period) : retry, [this] { return stop_; });
  }
}

void make_parts(store::Database& database, int ahead) {
  static auto& gauge = metrics::gauge("feedctl_event_parts_ahead",
                                      "Days from today on for which the event log has a part");
  const auto made =
      database.command(sql::events::make_parts, store::params(ahead)).only().integer(0);
  gauge.set(parts_ahead(database));
  if (made > 0) log::info("made parts of the event log", {{"parts", made}, {"days_ahead", ahead}});
}

void retire_part(store::Database& database, std::chrono::milliseconds keep) {
  try {
    const auto retired =
        database.command(sql::events::retire_part, store::params(std::int64_t{keep.count()}));
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
  try {
    make_parts(database_, ahead_);
    return true;
  } catch (const Error& e) {
    log::warning("could not make parts of the event log",
                 {{"error", e.what()}, {"detail", e.detail()}});
    return false;
  }
}

}  // namespace feedctl::events
