#include "seed/bulk_load.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "base/error.hpp"
#include "base/failpoint.hpp"
#include "seed/bulk_checkpoint.hpp"
#include "seed/bulk_lock.hpp"
#include "seed/bulk_progress.hpp"
#include "seed/bulk_start.hpp"
#include "seed/expected_read_models.hpp"
#include "seed/generated_pages.hpp"
#include "sql/seed.hpp"

namespace feedctl::seed {

namespace {

using Clock = std::chrono::steady_clock;
using Fields = store::WriteTx::Fields;

constexpr std::size_t load_connections = 3;

// Of a step: before and after the commit of its rows and its note.
struct StepPoints {
  failpoint::Point loaded, committed;
};
const StepPoints begin_points{failpoint::Point("seed.begin.loaded"),
                              failpoint::Point("seed.begin.committed")};
const StepPoints users_points{failpoint::Point("seed.users.loaded"),
                              failpoint::Point("seed.users.committed")};
const StepPoints follows_points{failpoint::Point("seed.follows.loaded"),
                                failpoint::Point("seed.follows.committed")};
const StepPoints posts_points{failpoint::Point("seed.posts.loaded"),
                              failpoint::Point("seed.posts.committed")};
const StepPoints likes_points{failpoint::Point("seed.likes.loaded"),
                              failpoint::Point("seed.likes.committed")};
const StepPoints views_points{failpoint::Point("seed.views.loaded"),
                              failpoint::Point("seed.views.committed")};
const StepPoints feed_state_points{failpoint::Point("seed.feed_state.loaded"),
                                   failpoint::Point("seed.feed_state.committed")};
const StepPoints vacuum_points{failpoint::Point("seed.vacuum.loaded"),
                               failpoint::Point("seed.vacuum.committed")};
const StepPoints feed_plan_points{failpoint::Point("seed.feed_plan.loaded"),
                                  failpoint::Point("seed.feed_plan.committed")};
const StepPoints feed_points{failpoint::Point("seed.feed.loaded"),
                             failpoint::Point("seed.feed.committed")};
const StepPoints ranking_points{failpoint::Point("seed.ranking.loaded"),
                                failpoint::Point("seed.ranking.committed")};
const StepPoints end_points{failpoint::Point("seed.end.loaded"),
                            failpoint::Point("seed.end.committed")};

Error stopped_error() {
  return Error(ErrorCode::failed, "stopped; nothing of the load was kept")
      .with_hint("run seed again for all of it");
}

store::Options bulk_connection_options(store::Options options) {
  options.pool_size = load_connections + 1;
  options.statement_timeout = std::chrono::milliseconds{0};
  options.lock_timeout = std::chrono::minutes{1};
  options.idle_in_transaction_timeout = std::chrono::minutes{5};
  options.settings.emplace_back("maintenance_work_mem", "512MB");
  options.settings.emplace_back("work_mem", "256MB");
  options.settings.emplace_back("max_parallel_maintenance_workers", "4");
  return options;
}

class BulkLoad {
 public:
  BulkLoad(const store::Options& owner, const GeneratedWorld& world, const BulkOptions& options)
      : db_(bulk_connection_options(owner)),
        world_(world),
        options_(options),
        followers_(world.follower_counts()),
        models_(expect_read_models(world, followers_, options)) {}

  // `checkpoint`: of the load to continue; nullopt: a new one.
  BulkReport run(const std::optional<bulk_checkpoint::Checkpoint>& checkpoint) {
    if (checkpoint) {
      done_ = checkpoint->done;
      feed_plan_ = checkpoint->feeds;
      is_complete_ = done_.count("ranking") != 0;
    }
    try {
      if (!checkpoint) run_phase("dropping indexes", [&] { begin(); });
      load_all();
    } catch (const Error&) {
      if (!should_stop_ || has_failed_ || is_complete_) throw;
      discard_all();
      throw stopped_error();
    }
    BulkReport report = plan_bulk(world_, options_);
    report.feed_rows = feed_rows_;
    report.feed_partitions = partitions_.size();
    report.seconds = std::move(seconds_);
    for (const auto& [table, seconds] : progress_.seconds())
      report.seconds.emplace_back("loading " + table, seconds);
    return report;
  }

  // Its first transaction removes all rows and notes, so it can break off itself.
  void discard_all() {
    auto tx = db_.write();
    for (const auto* query : {&sql::seed::bulk_clear, &sql::seed::bulk_drop_feed_parts,
                              &sql::seed::bulk_default_feed_parts})
      tx.query(*query);
    bulk_checkpoint::forget_steps(tx);
    tx.commit();
    for (const char* table :
         {"users", "user_stats", "follows", "posts", "post_likes", "post_views", "likes"}) {
      auto index_tx = db_.write();
      create_indexes(index_tx, table);
      index_tx.commit();
    }
    execute_all({&sql::seed::bulk_end});
  }

 private:
  using Task = std::function<void()>;

  void load_all() {
    run_phase("loading", [&] {
      // The longest first.
      run_parallel({[&] { copy_likes(); }, [&] { copy_follows(); }, [&] { copy_posts(); },
                    [&] { copy_users(); }, [&] { copy_views(); }, [&] { copy_feed_state(); }});
    });
    run_phase("analyzing", [&] { vacuum(); });
    if (options_.feeds != MaterializedFeeds::none) run_phase("making feeds", [&] { make_feeds(); });
    run_phase("ranking", [&] { rank(); });
    run_phase("analyzing feeds", [&] { db_.execute(sql::seed::bulk_analyze_feed); });
    run_phase("making pages", [&] { finish(); });
  }

  // A transaction that does `work` and notes it, unless it is done.
  template <typename Work>
  void run_step(const std::string& name, const StepPoints& points, Work&& work) {
    if (done_.count(name) != 0) return;
    auto tx = db_.write();
    work(tx);
    bulk_checkpoint::note_done(tx, name);
    points.loaded.hit();
    tx.commit();
    points.committed.hit();
  }

  void begin() {
    auto tx = db_.write();
    bulk_checkpoint::begin(tx, world_.shape, options_);
    begin_points.loaded.hit();
    tx.commit();
    begin_points.committed.hit();
  }

  template <typename Work>
  void run_phase(const char* name, Work&& work) {
    if (options_.on_phase) options_.on_phase(name);
    const auto start = Clock::now();
    work();
    seconds_.emplace_back(name, std::chrono::duration<double>(Clock::now() - start).count());
    report_progress();
    if (should_stop_ && !is_complete_) throw stopped_error();
  }

  // Reports the rows since the last call; the callback may stop the load.
  void report_progress() {
    const std::size_t rows = rows_.exchange(0);
    if (options_.on_tables) options_.on_tables(progress_.running());
    if (options_.on_rows && !options_.on_rows(rows)) should_stop_ = true;
  }

  void run_parallel(const std::vector<Task>& tasks) {
    std::atomic<std::size_t> next{0}, running{load_connections};
    std::vector<std::exception_ptr> failures(load_connections);
    std::vector<std::thread> threads;
    const auto work = [&](std::size_t n) {
      try {
        for (std::size_t i = next++; i < tasks.size() && !should_stop_; i = next++) tasks[i]();
      } catch (...) {
        failures[n] = std::current_exception();
        if (!should_stop_.exchange(true)) has_failed_ = true;
      }
      --running;
    };
    try {
      for (std::size_t n = 0; n < load_connections; ++n) threads.emplace_back(work, n);
    } catch (...) {
      if (!should_stop_.exchange(true)) has_failed_ = true;
      for (auto& thread : threads) thread.join();
      throw;
    }
    while (running > 0) {
      report_progress();
      std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
    for (auto& thread : threads) thread.join();
    for (const auto& failure : failures)
      if (failure && has_failed_) std::rethrow_exception(failure);
    if (should_stop_ && !is_complete_) throw stopped_error();
  }

  void execute_all(const std::vector<const store::Query*>& queries) {
    auto tx = db_.write();
    for (const auto* query : queries) tx.query(*query);
    tx.commit();
  }

  static void create_indexes(store::WriteTx& tx, const char* table) {
    tx.query(sql::seed::bulk_set, store::params(table, "", ""));
    tx.query(sql::seed::bulk_indexes);
  }

  template <typename... Values>
  static void set_fields(Fields& row, Values&&... values) {
    std::size_t i = 0;
    ((row[i++] = std::forward<Values>(values)), ...);
  }

  // Rows 0 .. count of one table, where `fill` has one for i; then its keys and indexes.
  void load_table(store::WriteTx& tx, const char* table, const std::vector<std::string>& columns,
                  std::size_t count, const std::function<bool(std::size_t, Fields&)>& fill) {
    progress_.begin(table, count);
    copy(tx, table, columns, count, fill);
    progress_.begin_indexes(table);
    create_indexes(tx, table);
    progress_.end(table);
  }

  void copy(store::WriteTx& tx, const char* table, const std::vector<std::string>& columns,
            std::size_t count, const std::function<bool(std::size_t, Fields&)>& fill) {
    std::size_t i = 0, reported = 0;
    tx.copy(table, columns, [&](Fields& row) {
      for (;;) {
        if (i - reported >= 1000 || i == count) {
          const auto more = i - std::exchange(reported, i);
          rows_ += more;
          progress_.add(table, more);
          if (should_stop_) throw stopped_error();
        }
        if (i == count) return false;
        if (fill(i++, row)) return true;
      }
    });
  }

  void copy_users() {
    run_step("users", users_points, [&](store::WriteTx& tx) {
      load_table(tx, "users", {"id", "handle", "name", "shard", "created_at"}, world_.users.size(),
                 [&](auto i, auto& row) {
                   const Id id = world_.users[i];
                   set_fields(row, std::to_string(id), world_.handle(i), world_.name(i),
                              std::to_string(shard_of(id)), rfc3339(time_of_id(id)));
                   return true;
                 });
      load_table(tx, "user_stats", {"user_id", "followers", "following"}, world_.users.size(),
                 [&](auto i, auto& row) {
                   const auto following =
                       world_.followee_offsets[i + 1] - world_.followee_offsets[i];
                   set_fields(row, std::to_string(world_.users[i]), std::to_string(followers_[i]),
                              std::to_string(following));
                   return true;
                 });
    });
  }

  void copy_follows() {
    run_step("follows", follows_points, [&](store::WriteTx& tx) {
      std::size_t user = 0;
      load_table(tx, "follows", {"follower_id", "followee_id"}, world_.followees.size(),
                 [&](auto i, auto& row) {
                   while (world_.followee_offsets[user + 1] <= i) ++user;
                   set_fields(row, std::to_string(world_.users[user]),
                              std::to_string(world_.users[world_.followees[i]]));
                   return true;
                 });
    });
  }

  void copy_posts() {
    run_step("posts", posts_points, [&](store::WriteTx& tx) {
      load_table(tx, "posts", {"id", "author_id", "shard", "text", "created_at"},
                 world_.posts.size(), [&](auto i, auto& row) {
                   const Id id = world_.posts[i], author = world_.users[world_.authors[i]];
                   set_fields(row, std::to_string(id), std::to_string(author),
                              std::to_string(shard_of(author)), world_.text(i),
                              rfc3339(time_of_id(id)));
                   return true;
                 });
      std::vector<std::uint32_t> likes(world_.posts.size());
      for (const auto& like : world_.likes) ++likes[like.post];
      load_table(tx, "post_likes", {"post_id", "like_count"}, world_.posts.size(),
                 [&](auto i, auto& row) {
                   set_fields(row, std::to_string(world_.posts[i]), std::to_string(likes[i]));
                   return true;
                 });
    });
  }

  void copy_likes() {
    run_step("likes", likes_points, [&](store::WriteTx& tx) {
      load_table(tx, "likes", {"id", "user_id", "post_id", "created_at"}, world_.likes.size(),
                 [&](auto i, auto& row) {
                   const auto& like = world_.likes[i];
                   set_fields(row, std::to_string(i + 1), std::to_string(world_.users[like.user]),
                              std::to_string(world_.posts[like.post]), rfc3339(like.at));
                   return true;
                 });
    });
  }

  // As after the fold of old days: no rows of post_view_seen stand behind a count.
  void copy_views() {
    run_step("views", views_points, [&](store::WriteTx& tx) {
      load_table(tx, "post_views", {"post_id", "view_count", "base"}, world_.views.size(),
                 [&](auto i, auto& row) {
                   const auto count = std::to_string(world_.views[i]);
                   if (world_.views[i] == 0) return false;
                   set_fields(row, std::to_string(world_.posts[i]), count, count);
                   return true;
                 });
    });
  }

  void copy_feed_state() {
    run_step("feed_state", feed_state_points, [&](store::WriteTx& tx) {
      load_table(tx, "feed_state", {"user_id", "state", "seen_at"}, world_.users.size(),
                 [&](auto i, auto& row) {
                   if (models_.last_seen_us[i] == ExpectedReadModels::never) return false;
                   set_fields(row, std::to_string(world_.users[i]), "2",
                              rfc3339(from_unix_us(models_.last_seen_us[i])));
                   return true;
                 });
      const auto& authors = models_.fan_out_on_read_authors;
      load_table(tx, "feed_pull", {"author_id"}, authors.size(), [&](auto i, auto& row) {
        set_fields(row, std::to_string(world_.users[authors[i]]));
        return true;
      });
    });
  }

  // Not in a transaction, so its note may be missing: then it runs again.
  void vacuum() {
    if (done_.count("vacuum") == 0) {
      run_parallel({[&] { db_.execute(sql::seed::bulk_vacuum_likes); },
                    [&] { db_.execute(sql::seed::bulk_vacuum_follows); },
                    [&] { db_.execute(sql::seed::bulk_vacuum_posts); }});
    }
    run_step("vacuum", vacuum_points, [](store::WriteTx&) {});
  }

  // Noted before any partition is made, so that a continued load makes the same ones.
  void plan_feeds() {
    run_step("feed_plan", feed_plan_points, [&](store::WriteTx& tx) {
      const auto bounds = tx.query(sql::seed::bulk_floor);
      feed_plan_ = bulk_checkpoint::FeedPlan{bounds.single_row().integer(1),
                                             bounds.single_row().integer(0), now()};
      tx.query(sql::seed::bulk_drop_feed_parts);
      bulk_checkpoint::note_feed_plan(tx, *feed_plan_);
    });
    partitions_ = plan_partitions(world_, models_, feed_plan_->from, feed_plan_->floor,
                                  feed_plan_->at, options_.rows_per_partition);
  }

  void make_feeds() {
    plan_feeds();
    std::vector<Task> tasks;
    for (const auto& part : partitions_) {
      tasks.emplace_back([&, part] {
        run_step("user_feed " + std::to_string(part.from), feed_points, [&](store::WriteTx& tx) {
          tx.query(sql::seed::bulk_set, store::params("user_feed", std::to_string(part.from),
                                                      std::to_string(part.upto)));
          tx.query(sql::seed::bulk_feed_part);
        });
        count_feed_rows(part, feed_plan_->floor);
      });
    }
    run_parallel(tasks);
  }

  void count_feed_rows(const Partition& part, Id feed_floor) {
    std::size_t rows = 0;
    for (std::size_t i = 0; i < world_.posts.size(); ++i) {
      const Id id = world_.posts[i];
      if (id >= std::max(part.from, feed_floor) && id < part.upto) rows += models_.rows_per_post[i];
    }
    rows_ += rows;
    feed_rows_ += rows;
  }

  void rank() {
    run_step("ranking", ranking_points, [&](store::WriteTx& tx) {
      tx.query(sql::seed::bulk_like_ids,
               store::params(static_cast<std::int64_t>(world_.likes.size())));
      tx.query(sql::seed::bulk_hot, store::params(now() - std::chrono::hours{24}));
      tx.query(sql::seed::bulk_positions);
    });
    is_complete_ = true;
  }

  // Pages may be there already. So they come with the end of seed_load: a broken load leaves none.
  void finish() {
    auto tx = db_.write();
    tx.query(sql::seed::page_sequences);
    insert_pages(tx, generate_pages(world_.shape));
    tx.query(sql::seed::bulk_end);
    end_points.loaded.hit();
    tx.commit();
    end_points.committed.hit();
  }

  store::Database db_;
  const GeneratedWorld& world_;
  const BulkOptions& options_;
  const std::vector<std::uint32_t> followers_;
  const ExpectedReadModels models_;
  std::set<std::string> done_;  // steps of earlier runs
  std::optional<bulk_checkpoint::FeedPlan> feed_plan_;
  std::vector<Partition> partitions_;
  BulkProgress progress_;
  std::vector<std::pair<std::string, double>> seconds_;
  std::atomic<std::size_t> rows_{0}, feed_rows_{0};
  std::atomic<bool> should_stop_{false}, has_failed_{false};
  bool is_complete_ = false;  // too late to stop
};

}  // namespace

BulkReport load_bulk(const store::Options& owner, const GeneratedWorld& world,
                     const BulkOptions& options) {
  // Whoever holds it knows that a row in seed_load is of an aborted load.
  const auto lock = lock_loads(owner);
  store::Database db(owner);
  if (bulk_checkpoint::load(db)) end_remains(db);
  auto strict = options;
  strict.is_time_given = true;
  const auto start = check_bulk(db, world.shape, strict);
  BulkLoad load(owner, world, start.options);
  auto checkpoint = bulk_checkpoint::load(db);
  if (checkpoint && !start.is_continued) {
    load.discard_all();
    checkpoint.reset();
  }
  return load.run(checkpoint);
}

}  // namespace feedctl::seed
