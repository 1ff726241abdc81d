#include "seed/seed.hpp"

#include <algorithm>
#include <map>
#include <numeric>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "sql/seed.hpp"
#include "store/sqlstate.hpp"

namespace feedctl::seed {

namespace {

// Ids of (time, bulk node, sequence): 128 a millisecond, then the next millisecond.
class IdAllocator {
 public:
  Id next(Time at) {
    auto ms = std::chrono::floor<std::chrono::milliseconds>(at);
    while (used_[ms] == 128) ms += std::chrono::milliseconds{1};
    return make_id(ms, bulk_node, used_[ms]++);
  }

 private:
  std::map<std::chrono::sys_time<std::chrono::milliseconds>, int> used_;
};

// Indexes of `items`, oldest first, so that id order is time order.
template <typename Item>
std::vector<std::size_t> order_by_time(const std::vector<Item>& items) {
  std::vector<std::size_t> order(items.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return items[a].at < items[b].at; });
  return order;
}

void report_rows(const LoadOptions& options, std::size_t rows) {
  if (!options.on_rows || options.on_rows(rows)) return;
  throw Error(ErrorCode::failed, "stopped; nothing was written")
      .with_hint("run seed again for all of it");
}

std::size_t copy(store::WriteTx& tx, const char* table, const std::vector<std::string>& columns,
                 std::size_t count, const LoadOptions& options,
                 const std::function<void(std::size_t, store::WriteTx::Fields&)>& fill) {
  constexpr std::size_t step = 1000;
  std::size_t i = 0;
  return tx.copy(table, columns, [&](store::WriteTx::Fields& row) {
    if (i == count) {
      report_rows(options, count % step);
      return false;
    }
    fill(i++, row);
    if (i % step == 0) report_rows(options, step);
    return true;
  });
}

void copy_to_staging(store::WriteTx& tx, const World& world, const LoadOptions& options) {
  IdAllocator users, posts;
  const auto user_order = order_by_time(world.users);
  copy(tx, "seed_users", {"n", "id", "handle", "name", "created_at"}, world.users.size(), options,
       [&](auto i, auto& row) {
         const auto& user = world.users[user_order[i]];
         row = {std::to_string(user_order[i]), std::to_string(users.next(user.at)), user.handle,
                user.name, rfc3339(user.at)};
       });
  copy(tx, "seed_follows", {"follower", "followee"}, world.follows.size(), options,
       [&](auto i, auto& row) {
         row = {std::to_string(world.follows[i].first), std::to_string(world.follows[i].second)};
       });
  const auto post_order = order_by_time(world.posts);
  copy(tx, "seed_posts", {"n", "id", "author", "text", "created_at"}, world.posts.size(), options,
       [&](auto i, auto& row) {
         const auto& post = world.posts[post_order[i]];
         row = {std::to_string(post_order[i]), std::to_string(posts.next(post.at)),
                std::to_string(post.author), post.text, rfc3339(post.at)};
       });
  copy(tx, "seed_likes", {"liker", "post", "created_at"}, world.likes.size(), options,
       [&](auto i, auto& row) {
         const auto& like = world.likes[i];
         row = {std::to_string(like.user), std::to_string(like.post), rfc3339(like.at)};
       });
}

}  // namespace

bool is_empty(store::Database& database) {
  return database.read(sql::seed::is_empty).single_row().boolean(0);
}

LoadReport load_world(store::Database& owner, const World& world, const LoadOptions& options) {
  if (!options.force && !is_empty(owner)) {
    throw Error(ErrorCode::bad_data, "the database holds users already")
        .with_hint("give --force to add to them, or seed an empty database");
  }
  auto tx = owner.write();
  for (const auto& query : {sql::seed::stage_users, sql::seed::stage_follows,
                            sql::seed::stage_posts, sql::seed::stage_likes}) {
    tx.query(query);
  }
  copy_to_staging(tx, world, options);
  LoadReport report;
  report.skipped_lines = world.skipped_lines;
  try {
    tx.query(sql::seed::reuse_known_users);
    const auto count = [&](const store::Query& query) {
      const auto rows = static_cast<std::size_t>(tx.query(query).single_row().integer(0));
      report_rows(options, 0);
      return rows;
    };
    report.users = count(sql::seed::insert_users);
    tx.query(sql::seed::lock_counters);
    report.follows = count(sql::seed::insert_follows);
    report.posts = count(sql::seed::insert_posts);
    report.likes = count(sql::seed::insert_likes);
    tx.commit();
  } catch (const store::SqlError& e) {
    if (e.sqlstate() != store::sqlstate::unique_violation) throw;
    throw Error(ErrorCode::conflict, "an id or handle was taken meanwhile")
        .with_hint("run seed again; nothing was written");
  }
  return report;
}

}  // namespace feedctl::seed
