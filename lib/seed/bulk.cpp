#include "seed/bulk.hpp"

#include <atomic>
#include <thread>

#include "base/error.hpp"
#include "seed/read_models.hpp"
#include "sql/seed.hpp"

namespace feedctl::seed {

namespace {

using Clock = std::chrono::steady_clock;
using Fields = store::WriteTx::Fields;

constexpr std::size_t connections = 2;

Error stopped() {
  return Error(ErrorCode::failed, "stopped; nothing of the load was left")
      .with_hint("run seed again for all of it");
}

store::Options for_loading(store::Options options) {
  options.pool_size = connections + 1;
  options.statement_timeout = std::chrono::milliseconds{0};
  options.lock_timeout = std::chrono::minutes{1};
  options.idle_in_transaction_timeout = std::chrono::minutes{5};
  options.settings.emplace_back("maintenance_work_mem", "512MB");
  options.settings.emplace_back("work_mem", "256MB");
  return options;
}

// Only while it is held is a mark of a load that of a broken one.
class Lock {
 public:
  explicit Lock(const store::Options& options) : session_(options) {
    if (session_.run(sql::seed::bulk_lock).only().boolean(0)) return;
    throw Error(ErrorCode::lock_held, "another seed is loading this database")
        .with_hint("wait until it is done");
  }

 private:
  store::Session session_;
};

class Load {
 public:
  Load(const store::Options& owner, const Generated& world, const BulkOptions& options)
      : db_(for_loading(owner)),
        world_(world),
        options_(options),
        followers_(world.follower_counts()),
        models_(read_models(world, followers_, options)) {}

  BulkReport run() {
    try {
      phase("dropping indexes", [&] { change({&sql::seed::bulk_begin}); });
      fill();
    } catch (const Error&) {
      if (!stop_ || failed_) throw;
      clear();
      throw stopped();
    }
    BulkReport report = plan_bulk(world_, options_);
    report.feed_rows = feed_rows_;
    report.feed_parts = parts_.size();
    report.seconds = std::move(seconds_);
    return report;
  }

  void clear() {
    change({&sql::seed::bulk_clear, &sql::seed::bulk_drop_feed_parts,
            &sql::seed::bulk_default_feed_parts});
    for (const char* table : {"users", "user_stats", "follows", "posts", "post_likes", "likes"}) {
      auto tx = db_.write();
      index(tx, table);
      tx.commit();
    }
    change({&sql::seed::bulk_end});
  }

 private:
  using Task = std::function<void()>;

  void fill() {
    phase("loading", [&] {
      // The longest first.
      side_by_side({[&] { copy_follows(); }, [&] { copy_likes(); }, [&] { copy_posts(); },
                    [&] { copy_users(); }, [&] { copy_feed_state(); }});
    });
    phase("analyzing", [&] { db_.command(sql::seed::bulk_vacuum); });
    if (options_.feeds != Feeds::none) phase("making feeds", [&] { make_feeds(); });
    phase("ranking", [&] { finish(); });
    phase("analyzing feeds", [&] { db_.command(sql::seed::bulk_analyze_feed); });
  }

  template <typename Work>
  void phase(const char* name, Work&& work) {
    if (options_.on_phase) options_.on_phase(name);
    const auto start = Clock::now();
    work();
    seconds_.emplace_back(name, std::chrono::duration<double>(Clock::now() - start).count());
    look();
    if (stop_ && !complete_) throw stopped();
  }

  // Tells what has come in since, and hears whether to stop.
  void look() {
    const std::size_t rows = rows_.exchange(0);
    if (options_.on_rows && !options_.on_rows(rows)) stop_ = true;
  }

  void side_by_side(const std::vector<Task>& tasks) {
    std::atomic<std::size_t> next{0}, running{connections};
    std::vector<std::exception_ptr> failures(connections);
    std::vector<std::thread> threads;
    const auto work = [&](std::size_t n) {
      try {
        for (std::size_t i = next++; i < tasks.size() && !stop_; i = next++) tasks[i]();
      } catch (...) {
        failures[n] = std::current_exception();
        if (!stop_.exchange(true)) failed_ = true;
      }
      --running;
    };
    try {
      for (std::size_t n = 0; n < connections; ++n) threads.emplace_back(work, n);
    } catch (...) {
      if (!stop_.exchange(true)) failed_ = true;
      for (auto& thread : threads) thread.join();
      throw;
    }
    while (running > 0) {
      look();
      std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
    for (auto& thread : threads) thread.join();
    for (const auto& failure : failures)
      if (failure && failed_) std::rethrow_exception(failure);
    if (stop_) throw stopped();
  }

  void change(const std::vector<const store::Query*>& queries) {
    auto tx = db_.write();
    for (const auto* query : queries) tx.query(*query);
    tx.commit();
  }

  static void index(store::WriteTx& tx, const char* table) {
    tx.query(sql::seed::bulk_set, store::params(table, "", ""));
    tx.query(sql::seed::bulk_indexes);
  }

  // Rows 0 .. count of one table, where `fill` has one for i.
  void copy(store::WriteTx& tx, const char* table, const std::vector<std::string>& columns,
            std::size_t count, const std::function<bool(std::size_t, Fields&)>& fill) {
    std::size_t i = 0, told = 0;
    tx.copy(table, columns, [&](Fields& row) {
      for (;;) {
        if (i - told >= 1000 || i == count) {
          rows_ += i - std::exchange(told, i);
          if (stop_) throw stopped();
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
    index(tx, "users");
    copy(tx, "user_stats", {"user_id", "followers", "following"}, world_.users.size(),
         [&](auto i, auto& row) {
           row = {std::to_string(world_.users[i]), std::to_string(followers_[i]),
                  std::to_string(world_.follows_from[i + 1] - world_.follows_from[i])};
           return true;
         });
    index(tx, "user_stats");
    tx.commit();
  }

  void copy_follows() {
    auto tx = db_.write();
    std::size_t user = 0;
    copy(tx, "follows", {"follower_id", "followee_id"}, world_.followees.size(),
         [&](auto i, auto& row) {
           while (world_.follows_from[user + 1] <= i) ++user;
           row = {std::to_string(world_.users[user]),
                  std::to_string(world_.users[world_.followees[i]])};
           return true;
         });
    index(tx, "follows");
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
    index(tx, "posts");
    std::vector<std::uint32_t> likes(world_.posts.size());
    for (const auto& like : world_.likes) ++likes[like.post];
    copy(tx, "post_likes", {"post_id", "like_count"}, world_.posts.size(), [&](auto i, auto& row) {
      row = {std::to_string(world_.posts[i]), std::to_string(likes[i])};
      return true;
    });
    index(tx, "post_likes");
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
    index(tx, "likes");
    tx.commit();
  }

  void copy_feed_state() {
    auto tx = db_.write();
    copy(tx, "feed_state", {"user_id", "state", "seen_at"}, world_.users.size(),
         [&](auto i, auto& row) {
           if (models_.seen_us[i] == ReadModels::never) return false;
           row = {std::to_string(world_.users[i]), "2", rfc3339(from_unix_us(models_.seen_us[i]))};
           return true;
         });
    copy(tx, "feed_pull", {"author_id"}, models_.pull.size(), [&](auto i, auto& row) {
      row = {std::to_string(world_.users[models_.pull[i]])};
      return true;
    });
    tx.commit();
  }

  void make_feeds() {
    const auto bounds = db_.read(sql::seed::bulk_floor);
    const Id floor = bounds.only().integer(0);
    parts_ =
        lay_parts(world_, models_, bounds.only().integer(1), floor, now(), options_.rows_a_part);
    change({&sql::seed::bulk_drop_feed_parts});
    std::vector<Task> tasks;
    for (const auto& part : parts_) {
      tasks.emplace_back([&, part, floor] {
        auto tx = db_.write();
        tx.query(sql::seed::bulk_set,
                 store::params("user_feed", std::to_string(part.from), std::to_string(part.upto)));
        tx.query(sql::seed::bulk_feed_part);
        tx.commit();
        count_feed_rows(part, floor);
      });
    }
    side_by_side(tasks);
  }

  void count_feed_rows(const Part& part, Id floor) {
    std::size_t rows = 0;
    for (std::size_t i = 0; i < world_.posts.size(); ++i) {
      const Id id = world_.posts[i];
      if (id >= std::max(part.from, floor) && id < part.upto) rows += models_.rows[i];
    }
    rows_ += rows;
    feed_rows_ += rows;
  }

  // One transaction ends the load: before it all is marked as unfinished, after it all is there.
  void finish() {
    auto tx = db_.write();
    tx.query(sql::seed::bulk_like_ids,
             store::params(static_cast<std::int64_t>(world_.likes.size())));
    tx.query(sql::seed::bulk_hot, store::params(now() - std::chrono::hours{24}));
    tx.query(sql::seed::bulk_positions);
    tx.query(sql::seed::bulk_end);
    tx.commit();
    complete_ = true;
  }

  store::Database db_;
  const Generated& world_;
  const BulkOptions& options_;
  const std::vector<std::uint32_t> followers_;
  const ReadModels models_;
  std::vector<Part> parts_;
  std::vector<std::pair<std::string, double>> seconds_;
  std::atomic<std::size_t> rows_{0}, feed_rows_{0};
  std::atomic<bool> stop_{false}, failed_{false};
  bool complete_ = false;  // too late to stop
};

}  // namespace

void check_bulk(store::Database& owner, const BulkOptions& options) {
  const auto others = owner.read(sql::seed::bulk_others);
  if (const auto names = others.only().text(0); !names.empty()) {
    throw Error(ErrorCode::failed, std::string(names) + " is connected to the database")
        .with_hint("stop it while the database is filled, or give --append");
  }
  if (owner.read(sql::seed::bulk_left).only().boolean(0)) {
    if (options.discard) return;
    const auto begun = owner.read(sql::seed::bulk_begun).only().time(0);
    throw Error(ErrorCode::bad_data, "a load that began at " + rfc3339(begun) +
                                         " was broken off; the database holds part of it")
        .with_hint("give --discard to empty the database and load again");
  }
  if (owner.read(sql::seed::bulk_empty).only().boolean(0)) return;
  throw Error(ErrorCode::bad_data, "the database is not empty")
      .with_hint("give --append to add to it, or seed an empty database");
}

BulkReport plan_bulk(const Generated& world, const BulkOptions& options) {
  const auto models = read_models(world, world.follower_counts(), options);
  BulkReport report;
  report.users = world.shape.users;
  report.posts = world.posts.size();
  report.follows = world.followees.size();
  report.likes = world.likes.size();
  report.active = models.active;
  report.pull_authors = models.pull.size();
  report.feed_rows = models.feed_rows;
  return report;
}

BulkReport load_bulk(const store::Options& owner, const Generated& world,
                     const BulkOptions& options) {
  const Lock lock(owner);
  store::Database db(owner);
  check_bulk(db, options);
  Load load(owner, world, options);
  if (options.discard && db.read(sql::seed::bulk_left).only().boolean(0)) load.clear();
  return load.run();
}

}  // namespace feedctl::seed
