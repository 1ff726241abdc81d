#include "feed/rebuild.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <map>
#include <thread>

#include "base/backoff.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "sql/feed.hpp"

namespace feedctl::feed {
namespace {

using Clock = std::chrono::steady_clock;
using Ids = std::vector<std::int64_t>;

constexpr std::size_t first_batch = 8, largest_batch = 2048;
constexpr std::chrono::milliseconds batch_time{500};
constexpr int attempts = 4;
constexpr std::size_t failures_told = 10;
constexpr const char* already_there = "23505";

// Another transaction was in the way: the same statement may succeed a moment later.
bool transient(const store::SqlError& error) {
  return error.is_transient() || error.sqlstate() == "55P03";
}

struct Outcome {
  std::int64_t rows = 0, activated = 0, failed = 0;
  std::vector<std::string> failures;

  void add(const Outcome& other) {
    rows += other.rows;
    activated += other.activated;
    failed += other.failed;
    failures.insert(failures.end(), other.failures.begin(), other.failures.end());
  }
};

// One batch of users, in its own thread.
class Batch {
 public:
  Batch(store::Database& database, Id lowest, bool activate, bool dry_run, std::atomic<bool>& bare)
      : database_(database), lowest_(lowest), activate_(activate), dry_run_(dry_run), bare_(bare) {}

  Outcome run(const Ids& users) {
    if (dry_run_) {
      outcome_.rows =
          patiently(sql::feed::rebuild_missing, store::params(users, lowest_)).only().integer(0);
      return outcome_;
    }
    const auto generations = begin(users);
    const auto failed = insert(users);
    settle(generations, failed);
    return outcome_;
  }

 private:
  using Generations = std::map<Id, std::int64_t>;

  store::Result patiently(const store::Query& query, const store::Params& params) {
    for (int attempt = 0;; ++attempt) {
      try {
        return dry_run_ ? database_.read(query, params) : database_.command(query, params);
      } catch (const store::SqlError& error) {
        if (!transient(error) || attempt + 1 >= attempts) throw;
      }
      std::this_thread::sleep_for(
          full_jitter(attempt, std::chrono::milliseconds{50}, std::chrono::seconds{1}));
    }
  }

  Generations begin(const Ids& users) {
    Generations generations;
    if (!activate_) return generations;
    for (const auto row : patiently(sql::feed::rebuild_activate, store::params(users)))
      generations[row.integer(0)] = row.integer(1);
    return generations;
  }

  // All at once; where that fails, one by one, so that only whose fault it is goes without.
  Ids insert(const Ids& users) {
    try {
      add_rows(users);
      return {};
    } catch (const store::SqlError& error) {
      if (users.size() == 1) {
        note(users.front(), error);
        return users;
      }
    }
    Ids failed;
    for (const auto user : users) {
      try {
        add_rows({user});
      } catch (const store::SqlError& error) {
        note(user, error);
        failed.push_back(user);
      }
    }
    return failed;
  }

  // Where rows were there already, others will be as well: from then on each is looked for first.
  void add_rows(const Ids& users) {
    if (bare_) {
      try {
        return add_rows(sql::feed::rebuild_new_rows, users);
      } catch (const store::SqlError& error) {
        if (error.sqlstate() != already_there) throw;
        bare_ = false;
      }
    }
    add_rows(sql::feed::rebuild_rows, users);
  }

  void add_rows(const store::Query& query, const Ids& users) {
    outcome_.rows +=
        static_cast<std::int64_t>(patiently(query, store::params(users, lowest_)).affected());
  }

  void note(Id user, const store::SqlError& error) {
    ++outcome_.failed;
    const auto& why = error.detail().empty() ? std::string(error.what()) : error.detail();
    outcome_.failures.push_back("user " + std::to_string(user) + ": " + why);
    log::warning("could not rebuild a feed", {{"user", user}, {"error", why}});
  }

  void settle(const Generations& generations, const Ids& failed) {
    Ids on, on_generations, off, off_generations;
    for (const auto& [user, generation] : generations) {
      const bool bad = std::find(failed.begin(), failed.end(), user) != failed.end();
      (bad ? off : on).push_back(user);
      (bad ? off_generations : on_generations).push_back(generation);
    }
    constexpr int is_off = 0, is_on = 2;
    if (!off.empty())
      patiently(sql::feed::rebuild_settle, store::params(off, off_generations, is_off));
    if (on.empty()) return;
    outcome_.activated += static_cast<std::int64_t>(
        patiently(sql::feed::rebuild_settle, store::params(on, on_generations, is_on)).affected());
  }

  store::Database& database_;
  const Id lowest_;
  const bool activate_, dry_run_;
  std::atomic<bool>& bare_;
  Outcome outcome_;
};

class Rebuild {
 public:
  Rebuild(store::Database& database, const RebuildOptions& options)
      : database_(database),
        options_(options),
        session_(database.options()),
        inactive_(options.inactive),
        lowest_(options.since ? make_id(*options.since, 0, 0) : 0),
        workers_(static_cast<std::size_t>(std::max(options.concurrency, 1))) {
    if (!session_.run(sql::feed::rebuild_lock).only().boolean(0)) {
      throw Error(ErrorCode::lock_held, "another rebuild-feed is running on this database")
          .with_hint("wait for it to end, or stop it");
    }
  }

  RebuildReport run() {
    if (options_.user) return one_user(*options_.user);
    begin();
    if (options_.on_total) {
      options_.on_total(database_.read(sql::feed::rebuild_total, store::params(cursor_, inactive_))
                            .only()
                            .integer(0));
    }
    for (;;) {
      if (options_.stop && options_.stop()) {
        report_.stopped = true;
        break;
      }
      if (!round()) break;
    }
    return report_;
  }

 private:
  RebuildReport one_user(Id user) {
    const auto known = database_.read(sql::feed::rebuild_user, store::params(user));
    if (!known.only().boolean(0)) {
      throw Error(ErrorCode::not_found, "there is no user " + std::to_string(user))
          .with_hint("feedctl users list shows their ids");
    }
    if (options_.on_total) options_.on_total(1);
    if (!known.only().boolean(1) && !inactive_) return report_;
    take(Batch(database_, lowest_, inactive_, options_.dry_run, bare_).run({user}), 1);
    return report_;
  }

  void begin() {
    if (options_.resume) return go_on();
    if (options_.dry_run) return;
    database_.command(sql::feed::rebuild_begin, store::params(lowest_, inactive_));
  }

  void go_on() {
    const auto marks = database_.read(sql::feed::rebuild_unfinished);
    if (marks.empty()) {
      throw Error(ErrorCode::failed, "there is no unfinished rebuild to resume")
          .with_hint("begin one: feedctl rebuild-feed --all");
    }
    const auto mark = marks[0];
    lowest_ = mark.integer(0);
    inactive_ = mark.boolean(1);
    cursor_ = mark.integer(2);
    report_.users = mark.integer(3);
    report_.rows = mark.integer(4);
    report_.failed = mark.integer(5);
  }

  // A batch for each worker, at once; then the mark. False behind the last user.
  bool round() {
    const auto users = next_users();
    if (!session_.usable()) {
      throw Error(ErrorCode::unavailable, "the rebuild's lock was lost with its connection")
          .with_hint("go on with: feedctl rebuild-feed --resume");
    }
    if (users.empty()) {
      save(true);
      return false;
    }
    const auto start = Clock::now();
    const auto outcome = work(users);
    take(outcome, static_cast<std::int64_t>(users.size()));
    cursor_ = users.back();
    save(false);
    adapt(Clock::now() - start, outcome.rows);
    hold_back(start, outcome.rows);
    return true;
  }

  Ids next_users() {
    const auto count = static_cast<std::int64_t>(batch_ * workers_);
    const auto& query = inactive_ ? sql::feed::rebuild_all_users : sql::feed::rebuild_users;
    Ids users;
    for (const auto row : database_.read(query, store::params(cursor_, count)))
      users.push_back(row.integer(0));
    return users;
  }

  Outcome work(const Ids& users) {
    std::vector<std::future<Outcome>> running;
    for (std::size_t at = 0; at < users.size(); at += batch_) {
      const auto from = users.begin() + static_cast<std::ptrdiff_t>(at);
      const auto upto =
          users.begin() + static_cast<std::ptrdiff_t>(std::min(at + batch_, users.size()));
      running.push_back(std::async(std::launch::async, [this, part = Ids(from, upto)] {
        return Batch(database_, lowest_, inactive_, options_.dry_run, bare_).run(part);
      }));
    }
    Outcome all;
    for (auto& one : running) all.add(one.get());
    return all;
  }

  void take(const Outcome& outcome, std::int64_t users) {
    report_.users += users;
    report_.rows += outcome.rows;
    report_.activated += outcome.activated;
    report_.failed += outcome.failed;
    for (const auto& failure : outcome.failures) {
      if (report_.failures.size() < failures_told) report_.failures.push_back(failure);
    }
    if (options_.on_done) options_.on_done(users);
  }

  void save(bool finished) {
    if (options_.dry_run) return;
    database_.command(sql::feed::rebuild_save, store::params(cursor_, report_.users, report_.rows,
                                                             report_.failed, finished));
  }

  // Batches that take about half a second, and with a rate no more than about a second's rows.
  void adapt(Clock::duration took, std::int64_t rows) {
    const bool too_many = options_.rate > 0 && rows > options_.rate;
    if (took > 2 * batch_time || too_many)
      batch_ = std::max<std::size_t>(batch_ / 2, 1);
    else if (took < batch_time / 2 && (options_.rate == 0 || rows * 2 < options_.rate))
      batch_ = std::min(batch_ * 2, largest_batch);
  }

  void hold_back(Clock::time_point start, std::int64_t rows) {
    if (options_.rate <= 0) return;
    const auto until = start + std::chrono::microseconds(rows * 1'000'000 / options_.rate);
    while (Clock::now() < until && !(options_.stop && options_.stop())) {
      std::this_thread::sleep_for(
          std::min<Clock::duration>(until - Clock::now(), std::chrono::milliseconds{100}));
    }
  }

  store::Database& database_;
  const RebuildOptions& options_;
  store::Session session_;
  bool inactive_;
  Id lowest_;
  const std::size_t workers_;
  std::size_t batch_ = first_batch;
  std::atomic<bool> bare_{true};  // no row was there already so far
  Id cursor_ = 0;
  RebuildReport report_;
};

}  // namespace

RebuildReport rebuild(store::Database& database, const RebuildOptions& options) {
  return Rebuild(database, options).run();
}

}  // namespace feedctl::feed
