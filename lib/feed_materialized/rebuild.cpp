#include "feed_materialized/rebuild.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <map>
#include <thread>

#include "base/backoff.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "sql/feed.hpp"
#include "store/advisory_lock.hpp"
#include "store/sqlstate.hpp"

namespace feedctl::feed_materialized {
namespace {

using Clock = std::chrono::steady_clock;
using Ids = std::vector<std::int64_t>;

constexpr std::size_t initial_batch_size = 8, max_batch_size = 2048;
constexpr std::chrono::milliseconds target_batch_time{500};
constexpr int max_attempts = 4;
constexpr std::size_t max_reported_failures = 10;

// Another transaction interfered: a retry may succeed.
bool is_transient(const store::SqlError& error) {
  return error.is_transient() || error.sqlstate() == store::sqlstate::lock_not_available;
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
class RebuildBatch {
 public:
  RebuildBatch(store::Database& database, Id min_post_id, bool activate, bool dry_run,
               std::atomic<bool>& try_plain_insert)
      : database_(database),
        min_post_id_(min_post_id),
        activate_(activate),
        dry_run_(dry_run),
        try_plain_insert_(try_plain_insert) {}

  Outcome run(const Ids& users) {
    if (dry_run_) {
      outcome_.rows = with_retry(sql::feed::rebuild_missing, store::params(users, min_post_id_))
                          .single_row()
                          .integer(0);
      return outcome_;
    }
    const auto generations = activate_users(users);
    const auto failed = insert_rows(users);
    set_feed_state(generations, failed);
    return outcome_;
  }

 private:
  using Generations = std::map<Id, std::int64_t>;

  store::Result with_retry(const store::Query& query, const store::Params& params) {
    for (int attempt = 0;; ++attempt) {
      try {
        return dry_run_ ? database_.read(query, params) : database_.execute(query, params);
      } catch (const store::SqlError& error) {
        if (!is_transient(error) || attempt + 1 >= max_attempts) throw;
      }
      std::this_thread::sleep_for(
          full_jitter(attempt, std::chrono::milliseconds{50}, std::chrono::seconds{1}));
    }
  }

  Generations activate_users(const Ids& users) {
    Generations generations;
    if (!activate_) return generations;
    for (const auto row : with_retry(sql::feed::rebuild_activate, store::params(users)))
      generations[row.integer(0)] = row.integer(1);
    return generations;
  }

  // Falls back from the whole batch to single users, so that only the failing user is left out.
  Ids insert_rows(const Ids& users) {
    try {
      add_rows(users);
      return {};
    } catch (const store::SqlError& error) {
      if (users.size() == 1) {
        record_failure(users.front(), error);
        return users;
      }
    }
    Ids failed;
    for (const auto user : users) {
      try {
        add_rows({user});
      } catch (const store::SqlError& error) {
        record_failure(user, error);
        failed.push_back(user);
      }
    }
    return failed;
  }

  // Once a row exists already, others will too: from then on the insert checks for each.
  void add_rows(const Ids& users) {
    if (try_plain_insert_) {
      try {
        return add_rows(sql::feed::rebuild_new_rows, users);
      } catch (const store::SqlError& error) {
        if (error.sqlstate() != store::sqlstate::unique_violation) throw;
        try_plain_insert_ = false;
      }
    }
    add_rows(sql::feed::rebuild_rows, users);
  }

  void add_rows(const store::Query& query, const Ids& users) {
    outcome_.rows +=
        static_cast<std::int64_t>(with_retry(query, store::params(users, min_post_id_)).affected());
  }

  void record_failure(Id user, const store::SqlError& error) {
    ++outcome_.failed;
    const auto& why = error.detail().empty() ? std::string(error.what()) : error.detail();
    outcome_.failures.push_back("user " + std::to_string(user) + ": " + why);
    log::warning("could not rebuild a feed", {{"user", user}, {"error", why}});
  }

  void set_feed_state(const Generations& generations, const Ids& failed) {
    Ids on, on_generations, off, off_generations;
    for (const auto& [user, generation] : generations) {
      const bool bad = std::find(failed.begin(), failed.end(), user) != failed.end();
      (bad ? off : on).push_back(user);
      (bad ? off_generations : on_generations).push_back(generation);
    }
    constexpr int is_off = 0, is_on = 2;
    if (!off.empty())
      with_retry(sql::feed::rebuild_settle, store::params(off, off_generations, is_off));
    if (on.empty()) return;
    outcome_.activated += static_cast<std::int64_t>(
        with_retry(sql::feed::rebuild_settle, store::params(on, on_generations, is_on)).affected());
  }

  store::Database& database_;
  const Id min_post_id_;
  const bool activate_, dry_run_;
  std::atomic<bool>& try_plain_insert_;
  Outcome outcome_;
};

class Rebuild {
 public:
  Rebuild(store::Database& database, const RebuildOptions& options)
      : database_(database),
        options_(options),
        lock_(database.options(), sql::feed::rebuild_lock,
              "another rebuild-feed is running on this database", "wait for it to end, or stop it"),
        include_inactive_(options.include_inactive),
        min_post_id_(options.since ? make_id(*options.since, 0, 0) : 0),
        workers_(static_cast<std::size_t>(std::max(options.concurrency, 1))) {}

  RebuildReport run() {
    if (options_.user) return rebuild_user(*options_.user);
    begin();
    if (options_.on_total) {
      options_.on_total(
          database_.read(sql::feed::rebuild_total, store::params(cursor_, include_inactive_))
              .single_row()
              .integer(0));
    }
    for (;;) {
      if (options_.should_stop && options_.should_stop()) {
        report_.stopped = true;
        break;
      }
      if (!run_round()) break;
    }
    return report_;
  }

 private:
  RebuildReport rebuild_user(Id user) {
    const auto known = database_.read(sql::feed::rebuild_user, store::params(user));
    if (!known.single_row().boolean(0)) {
      throw Error(ErrorCode::not_found, "there is no user " + std::to_string(user))
          .with_hint("feedctl users list shows their ids");
    }
    if (options_.on_total) options_.on_total(1);
    if (!known.single_row().boolean(1) && !include_inactive_) return report_;
    add_outcome(RebuildBatch(database_, min_post_id_, include_inactive_, options_.dry_run,
                             try_plain_insert_)
                    .run({user}),
                1);
    return report_;
  }

  void begin() {
    if (options_.resume) return resume();
    if (options_.dry_run) return;
    database_.execute(sql::feed::rebuild_begin, store::params(min_post_id_, include_inactive_));
  }

  void resume() {
    const auto checkpoints = database_.read(sql::feed::rebuild_unfinished);
    if (checkpoints.empty()) {
      throw Error(ErrorCode::failed, "there is no unfinished rebuild to resume")
          .with_hint("begin one: feedctl rebuild-feed --all");
    }
    const auto checkpoint = checkpoints[0];
    min_post_id_ = checkpoint.integer(0);
    include_inactive_ = checkpoint.boolean(1);
    cursor_ = checkpoint.integer(2);
    report_.users = checkpoint.integer(3);
    report_.rows = checkpoint.integer(4);
    report_.failed = checkpoint.integer(5);
  }

  // One batch per worker in parallel, then the checkpoint. False after the last user.
  bool run_round() {
    const auto users = next_users();
    if (!lock_.is_held()) {
      throw Error(ErrorCode::unavailable, "the rebuild's lock was lost with its connection")
          .with_hint("continue with: feedctl rebuild-feed --resume");
    }
    if (users.empty()) {
      save_checkpoint(true);
      return false;
    }
    const auto start = Clock::now();
    const auto outcome = run_workers(users);
    add_outcome(outcome, static_cast<std::int64_t>(users.size()));
    cursor_ = users.back();
    save_checkpoint(false);
    adapt_batch_size(Clock::now() - start, outcome.rows);
    throttle(start, outcome.rows);
    return true;
  }

  Ids next_users() {
    const auto count = static_cast<std::int64_t>(batch_size_ * workers_);
    const auto& query = include_inactive_ ? sql::feed::rebuild_all_users : sql::feed::rebuild_users;
    Ids users;
    for (const auto row : database_.read(query, store::params(cursor_, count)))
      users.push_back(row.integer(0));
    return users;
  }

  Outcome run_workers(const Ids& users) {
    std::vector<std::future<Outcome>> running;
    for (std::size_t at = 0; at < users.size(); at += batch_size_) {
      const auto from = users.begin() + static_cast<std::ptrdiff_t>(at);
      const auto upto =
          users.begin() + static_cast<std::ptrdiff_t>(std::min(at + batch_size_, users.size()));
      running.push_back(std::async(std::launch::async, [this, part = Ids(from, upto)] {
        return RebuildBatch(database_, min_post_id_, include_inactive_, options_.dry_run,
                            try_plain_insert_)
            .run(part);
      }));
    }
    Outcome all;
    for (auto& one : running) all.add(one.get());
    return all;
  }

  void add_outcome(const Outcome& outcome, std::int64_t users) {
    report_.users += users;
    report_.rows += outcome.rows;
    report_.activated += outcome.activated;
    report_.failed += outcome.failed;
    for (const auto& failure : outcome.failures) {
      if (report_.failures.size() < max_reported_failures) report_.failures.push_back(failure);
    }
    if (options_.on_done) options_.on_done(users);
  }

  void save_checkpoint(bool finished) {
    if (options_.dry_run) return;
    database_.execute(sql::feed::rebuild_save, store::params(cursor_, report_.users, report_.rows,
                                                             report_.failed, finished));
  }

  // Aims at half a second per batch and, with a rate, at most one second's rows.
  void adapt_batch_size(Clock::duration took, std::int64_t rows) {
    const bool too_many = options_.max_rate > 0 && rows > options_.max_rate;
    if (took > 2 * target_batch_time || too_many)
      batch_size_ = std::max<std::size_t>(batch_size_ / 2, 1);
    else if (took < target_batch_time / 2 &&
             (options_.max_rate == 0 || rows * 2 < options_.max_rate))
      batch_size_ = std::min(batch_size_ * 2, max_batch_size);
  }

  void throttle(Clock::time_point start, std::int64_t rows) {
    if (options_.max_rate <= 0) return;
    const auto until = start + std::chrono::microseconds(rows * 1'000'000 / options_.max_rate);
    while (Clock::now() < until && !(options_.should_stop && options_.should_stop())) {
      std::this_thread::sleep_for(
          std::min<Clock::duration>(until - Clock::now(), std::chrono::milliseconds{100}));
    }
  }

  store::Database& database_;
  const RebuildOptions& options_;
  store::AdvisoryLock lock_;
  bool include_inactive_;
  Id min_post_id_;
  const std::size_t workers_;
  std::size_t batch_size_ = initial_batch_size;
  std::atomic<bool> try_plain_insert_{true};  // no row has existed already so far
  Id cursor_ = 0;
  RebuildReport report_;
};

}  // namespace

RebuildReport rebuild(store::Database& database, const RebuildOptions& options) {
  return Rebuild(database, options).run();
}

}  // namespace feedctl::feed_materialized
