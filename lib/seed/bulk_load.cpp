#include "seed/bulk_load.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

#include "base/error.hpp"
#include "seed/expected_read_models.hpp"
#include "sql/seed.hpp"
#include "store/advisory_lock.hpp"

namespace feedctl::seed {

namespace {

using Clock = std::chrono::steady_clock;
using Fields = store::WriteTx::Fields;

constexpr std::size_t load_connections = 2;

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

  BulkReport run() {
    try {
      run_phase("dropping indexes", [&] { execute_all({&sql::seed::bulk_begin}); });
      load_all();
    } catch (const Error&) {
      if (!should_stop_ || has_failed_) throw;
      discard_all();
      throw stopped_error();
    }
    BulkReport report = plan_bulk(world_, options_);
    report.feed_rows = feed_rows_;
    report.feed_partitions = partitions_.size();
    report.seconds = std::move(seconds_);
    return report;
  }

  void discard_all() {
    execute_all({&sql::seed::bulk_clear, &sql::seed::bulk_drop_feed_parts,
                 &sql::seed::bulk_default_feed_parts});
    for (const char* table : {"users", "user_stats", "follows", "posts", "post_likes", "likes"}) {
      auto tx = db_.write();
      create_indexes(tx, table);
      tx.commit();
    }
    execute_all({&sql::seed::bulk_end});
  }

 private:
  using Task = std::function<void()>;

  void load_all() {
    run_phase("loading", [&] {
      // The longest first.
      run_parallel({[&] { copy_follows(); }, [&] { copy_likes(); }, [&] { copy_posts(); },
                    [&] { copy_users(); }, [&] { copy_feed_state(); }});
    });
    run_phase("analyzing", [&] { db_.execute(sql::seed::bulk_vacuum); });
    if (options_.feeds != MaterializedFeeds::none) run_phase("making feeds", [&] { make_feeds(); });
    run_phase("ranking", [&] { finish(); });
    run_phase("analyzing feeds", [&] { db_.execute(sql::seed::bulk_analyze_feed); });
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
    if (should_stop_) throw stopped_error();
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

  // Rows 0 .. count of one table, where `fill` has one for i.
  void copy(store::WriteTx& tx, const char* table, const std::vector<std::string>& columns,
            std::size_t count, const std::function<bool(std::size_t, Fields&)>& fill) {
    std::size_t i = 0, reported = 0;
    tx.copy(table, columns, [&](Fields& row) {
      for (;;) {
        if (i - reported >= 1000 || i == count) {
          rows_ += i - std::exchange(reported, i);
          if (should_stop_) throw stopped_error();
        }
        if (i == count) return false;
        if (fill(i++, row)) return true;
      }
    });
  }

  void copy_users() {
    auto tx = db_.write();
    copy(tx, "users", {"id", "handle", "name", "shard", "created_at"}, world_.users.size(),
         [&](auto i, auto& row) {
           const Id id = world_.users[i];
           row = {std::to_string(id), world_.handle(i), world_.name(i),
                  std::to_string(shard_of(id)), rfc3339(time_of_id(id))};
           return true;
         });
    create_indexes(tx, "users");
    copy(tx, "user_stats", {"user_id", "followers", "following"}, world_.users.size(),
         [&](auto i, auto& row) {
           row = {std::to_string(world_.users[i]), std::to_string(followers_[i]),
                  std::to_string(world_.followee_offsets[i + 1] - world_.followee_offsets[i])};
           return true;
         });
    create_indexes(tx, "user_stats");
    tx.commit();
  }

  void copy_follows() {
    auto tx = db_.write();
    std::size_t user = 0;
    copy(tx, "follows", {"follower_id", "followee_id"}, world_.followees.size(),
         [&](auto i, auto& row) {
           while (world_.followee_offsets[user + 1] <= i) ++user;
           row = {std::to_string(world_.users[user]),
                  std::to_string(world_.users[world_.followees[i]])};
           return true;
         });
    create_indexes(tx, "follows");
    tx.commit();
  }

  void copy_posts() {
    auto tx = db_.write();
    copy(tx, "posts", {"id", "author_id", "shard", "text", "created_at"}, world_.posts.size(),
         [&](auto i, auto& row) {
           const Id id = world_.posts[i], author = world_.users[world_.authors[i]];
           row = {std::to_string(id), std::to_string(author), std::to_string(shard_of(author)),
                  world_.text(i), rfc3339(time_of_id(id))};
           return true;
         });
    create_indexes(tx, "posts");
    std::vector<std::uint32_t> likes(world_.posts.size());
    for (const auto& like : world_.likes) ++likes[like.post];
    copy(tx, "post_likes", {"post_id", "like_count"}, world_.posts.size(), [&](auto i, auto& row) {
      row = {std::to_string(world_.posts[i]), std::to_string(likes[i])};
      return true;
    });
    create_indexes(tx, "post_likes");
    tx.commit();
  }

  void copy_likes() {
    auto tx = db_.write();
    copy(tx, "likes", {"id", "user_id", "post_id", "created_at"}, world_.likes.size(),
         [&](auto i, auto& row) {
           const auto& like = world_.likes[i];
           row = {std::to_string(i + 1), std::to_string(world_.users[like.user]),
                  std::to_string(world_.posts[like.post]), rfc3339(like.at)};
           return true;
         });
    create_indexes(tx, "likes");
    tx.commit();
  }

  void copy_feed_state() {
    auto tx = db_.write();
    copy(tx, "feed_state", {"user_id", "state", "seen_at"}, world_.users.size(),
         [&](auto i, auto& row) {
           if (models_.last_seen_us[i] == ExpectedReadModels::never) return false;
           row = {std::to_string(world_.users[i]), "2",
                  rfc3339(from_unix_us(models_.last_seen_us[i]))};
           return true;
         });
    copy(tx, "feed_pull", {"author_id"}, models_.fan_out_on_read_authors.size(),
         [&](auto i, auto& row) {
           row = {std::to_string(world_.users[models_.fan_out_on_read_authors[i]])};
           return true;
         });
    tx.commit();
  }

  void make_feeds() {
    const auto bounds = db_.read(sql::seed::bulk_floor);
    const Id feed_floor = bounds.single_row().integer(0);
    partitions_ = plan_partitions(world_, models_, bounds.single_row().integer(1), feed_floor,
                                  now(), options_.rows_per_partition);
    execute_all({&sql::seed::bulk_drop_feed_parts});
    std::vector<Task> tasks;
    for (const auto& part : partitions_) {
      tasks.emplace_back([&, part, feed_floor] {
        auto tx = db_.write();
        tx.query(sql::seed::bulk_set,
                 store::params("user_feed", std::to_string(part.from), std::to_string(part.upto)));
        tx.query(sql::seed::bulk_feed_part);
        tx.commit();
        count_feed_rows(part, feed_floor);
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

  // One transaction ends the load and removes the row of seed_load.
  void finish() {
    auto tx = db_.write();
    tx.query(sql::seed::bulk_like_ids,
             store::params(static_cast<std::int64_t>(world_.likes.size())));
    tx.query(sql::seed::bulk_hot, store::params(now() - std::chrono::hours{24}));
    tx.query(sql::seed::bulk_positions);
    tx.query(sql::seed::bulk_end);
    tx.commit();
    is_complete_ = true;
  }

  store::Database db_;
  const GeneratedWorld& world_;
  const BulkOptions& options_;
  const std::vector<std::uint32_t> followers_;
  const ExpectedReadModels models_;
  std::vector<Partition> partitions_;
  std::vector<std::pair<std::string, double>> seconds_;
  std::atomic<std::size_t> rows_{0}, feed_rows_{0};
  std::atomic<bool> should_stop_{false}, has_failed_{false};
  bool is_complete_ = false;  // too late to stop
};

}  // namespace

void check_bulk(store::Database& owner, const BulkOptions& options) {
  const auto others = owner.read(sql::seed::bulk_others);
  if (const auto names = others.single_row().text(0); !names.empty()) {
    throw Error(ErrorCode::failed, std::string(names) + " is connected to the database")
        .with_hint("stop it while the database is filled, or give --append");
  }
  if (owner.read(sql::seed::bulk_left).single_row().boolean(0)) {
    if (options.discard_broken_load) return;
    const auto begun = owner.read(sql::seed::bulk_begun).single_row().time(0);
    throw Error(ErrorCode::bad_data, "a load that began at " + rfc3339(begun) +
                                         " was aborted; the database holds part of it")
        .with_hint("give --discard to empty the database and load again");
  }
  if (owner.read(sql::seed::bulk_empty).single_row().boolean(0)) return;
  throw Error(ErrorCode::bad_data, "the database is not empty")
      .with_hint("give --append to add to it, or seed an empty database");
}

BulkReport plan_bulk(const GeneratedWorld& world, const BulkOptions& options) {
  const auto models = expect_read_models(world, world.follower_counts(), options);
  BulkReport report;
  report.users = world.shape.users;
  report.posts = world.posts.size();
  report.follows = world.followees.size();
  report.likes = world.likes.size();
  report.active_users = models.active_users;
  report.fan_out_on_read_authors = models.fan_out_on_read_authors.size();
  report.feed_rows = models.feed_rows;
  return report;
}

BulkReport load_bulk(const store::Options& owner, const GeneratedWorld& world,
                     const BulkOptions& options) {
  // Whoever holds it knows that a row in seed_load is of an aborted load.
  const store::AdvisoryLock lock(owner, sql::seed::bulk_lock,
                                 "another seed is loading this database", "wait until it is done");
  store::Database db(owner);
  check_bulk(db, options);
  BulkLoad load(owner, world, options);
  if (options.discard_broken_load && db.read(sql::seed::bulk_left).single_row().boolean(0))
    load.discard_all();
  return load.run();
}

}  // namespace feedctl::seed
