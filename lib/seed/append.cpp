#include "seed/append.hpp"

#include <algorithm>
#include <unordered_set>

#include "base/error.hpp"
#include "seed/append_checkpoint.hpp"
#include "seed/generated_pages.hpp"
#include "sql/seed.hpp"
#include "store/sqlstate.hpp"

namespace feedctl::seed {

namespace {

using Ids = std::vector<std::int64_t>;
using append_checkpoint::Position;

constexpr int max_attempts = 4;
enum Stage { users, follows, posts, likes };

Error already_added(std::uint64_t seed) {
  return Error(ErrorCode::bad_data, "users of seed " + std::to_string(seed) + " are there already")
      .with_hint("give another number: --seed " + std::to_string(seed + 1));
}

class Appender {
 public:
  Appender(store::Database& db, GeneratedWorld& world, const AppendOptions& options)
      : db_(db), world_(world), options_(options) {}

  AppendReport run() {
    if (const auto checkpoint = append_checkpoint::load(db_, world_.shape.seed)) {
      if (checkpoint->is_finished || checkpoint->shape.now != world_.shape.now)
        throw already_added(world_.shape.seed);
      has_checkpoint_ = true;
      position_ = checkpoint->position;
      append_checkpoint::reapply_renumbering(db_, world_);
    } else {
      renumbered_users_ = renumber_taken(world_.users, world_.shape.users, sql::seed::taken_users);
      renumbered_posts_ = renumber_taken(world_.posts, world_.posts.size(), sql::seed::taken_posts);
    }
    const bool whole = add_users() && add_follows() && add_posts() && add_likes();
    report_.stopped = !whole;
    if (whole && (has_checkpoint_ || world_.shape.pages > 0)) finish();
    return report_;
  }

 private:
  // Replaces each taken id by the next free one, and keeps the order. Returns the changed ids.
  append_checkpoint::RenumberedIds renumber_taken(std::vector<Id>& ids, std::size_t count,
                                                  const store::Query& query) {
    const auto before = ids;
    Id last = 0;
    for (std::size_t from = 0; from < count; from += options_.rows_per_transaction) {
      const auto upto = std::min(count, from + options_.rows_per_transaction);
      std::unordered_set<Id> taken;
      for (bool free = false; !free;) {
        for (auto i = from; i < upto; ++i) last = ids[i] = next_free_id(ids[i], last, taken);
        const auto found = db_.read(
            query, store::params(Ids(ids.begin() + offset(from), ids.begin() + offset(upto))));
        for (const auto& row : found) taken.insert(row.integer(0));
        free = found.empty();
        if (!free) last = from == 0 ? 0 : ids[from - 1];
      }
    }
    append_checkpoint::RenumberedIds moved;
    for (std::size_t i = 0; i < count; ++i) {
      if (ids[i] != before[i]) moved.emplace_back(static_cast<std::int64_t>(i), ids[i]);
    }
    return moved;
  }
  static std::ptrdiff_t offset(std::size_t i) { return static_cast<std::ptrdiff_t>(i); }
  static Id next_free_id(Id id, Id last, const std::unordered_set<Id>& taken) {
    id = std::max(id, last + 1);
    while (taken.count(id) != 0 || !is_bulk_id(id)) {
      ++id;
      if (!is_bulk_id(id))
        id = make_id(time_of_id(id) + std::chrono::milliseconds{1}, bulk_node, 0);
    }
    return id;
  }

  // Calls `add` for each row of a step, then `write` once, in its own transaction, which moves
  // the checkpoint too. It skips what earlier runs have added.
  template <typename Add, typename Write>
  bool for_each_step(Stage stage, std::size_t count, std::size_t& written, Add&& add,
                     Write&& write) {
    if (position_.stage > stage) return true;
    for (auto from = position_.stage < stage ? 0 : position_.next_row; from < count;
         from += options_.rows_per_transaction) {
      if (options_.on_rows && !options_.on_rows(0)) return false;
      const auto upto = std::min(count, from + options_.rows_per_transaction);
      for (auto i = from; i < upto; ++i) add(i);
      next_position_ = {stage, upto};
      written += static_cast<std::size_t>(write().single_row().integer(0));
      ++report_.transactions;
      if (options_.on_rows) options_.on_rows(upto - from);
    }
    return true;
  }

  bool add_users() {
    Ids ids;
    std::vector<std::string> handles, names;
    return for_each_step(
        Stage::users, world_.shape.users, report_.users,
        [&](std::size_t i) {
          ids.push_back(world_.users[i]);
          handles.push_back(world_.handle(i));
          names.push_back(world_.name(i));
        },
        [&] {
          return execute_with_retry(sql::seed::append_users, std::exchange(ids, {}),
                                    std::exchange(handles, {}), std::exchange(names, {}));
        });
  }

  bool add_follows() {
    Ids followers, followees;
    std::size_t user = 0;
    return for_each_step(
        Stage::follows, world_.followees.size(), report_.follows,
        [&](std::size_t i) {
          while (world_.followee_offsets[user + 1] <= i) ++user;
          followers.push_back(world_.users[user]);
          followees.push_back(world_.users[world_.followees[i]]);
        },
        [&] {
          return execute_with_retry(sql::seed::append_follows, std::exchange(followers, {}),
                                    std::exchange(followees, {}));
        });
  }

  bool add_posts() {
    Ids ids, authors, views;
    std::vector<std::string> texts;
    return for_each_step(
        Stage::posts, world_.posts.size(), report_.posts,
        [&](std::size_t i) {
          ids.push_back(world_.posts[i]);
          authors.push_back(world_.users[world_.authors[i]]);
          texts.push_back(world_.text(i));
          views.push_back(world_.views.empty() ? 0 : world_.views[i]);
        },
        [&] {
          return execute_with_retry(sql::seed::append_posts, std::exchange(ids, {}),
                                    std::exchange(authors, {}), std::exchange(texts, {}),
                                    std::exchange(views, {}));
        });
  }

  bool add_likes() {
    Ids users, posts, times;
    return for_each_step(
        Stage::likes, world_.likes.size(), report_.likes,
        [&](std::size_t i) {
          const auto& like = world_.likes[i];
          const Id post = world_.posts[like.post];
          users.push_back(world_.users[like.user]);
          posts.push_back(post);
          // The post may have a later id by now.
          times.push_back(std::max(unix_us(like.at), unix_us(time_of_id(post)) + 1));
        },
        [&] {
          return execute_with_retry(sql::seed::append_likes, std::exchange(users, {}),
                                    std::exchange(posts, {}), std::exchange(times, {}));
        });
  }

  // The pages are new to every reader, so they need no events. A world of pages alone has no step.
  void finish() {
    auto tx = db_.write();
    if (!has_checkpoint_) {
      next_position_ = {Stage::likes, 0};
      advance_checkpoint(tx);
    }
    append_checkpoint::finish(tx, world_.shape.seed);
    insert_pages(tx, generate_pages(world_.shape));
    tx.commit();
    report_.pages = world_.shape.pages;
  }

  // A deadlock has rolled all back, so the step runs again.
  template <typename... Columns>
  store::Result execute_with_retry(const store::Query& query, const Columns&... columns) {
    const auto params = store::params(columns...);
    for (int attempt = 1;; ++attempt) {
      try {
        auto tx = db_.write();
        auto result = tx.query(query, params);
        advance_checkpoint(tx);
        tx.commit();
        has_checkpoint_ = true;
        position_ = next_position_;
        return result;
      } catch (const store::SqlError& e) {
        if (e.sqlstate() == store::sqlstate::unique_violation)
          throw already_added(world_.shape.seed).with_detail(e.detail());
        if (!e.is_transient() || attempt == max_attempts) throw;
      }
    }
  }

  void advance_checkpoint(store::WriteTx& tx) {
    if (has_checkpoint_)
      append_checkpoint::advance(tx, world_.shape.seed, position_, next_position_);
    else
      append_checkpoint::create(tx, world_, renumbered_users_, renumbered_posts_, next_position_);
  }

  store::Database& db_;
  GeneratedWorld& world_;
  const AppendOptions& options_;
  AppendReport report_;
  append_checkpoint::RenumberedIds renumbered_users_, renumbered_posts_;
  bool has_checkpoint_ = false;        // the row of seed_appends exists
  Position position_, next_position_;  // done, and done after the current step
};

// Rows of the world before this position.
std::size_t rows_before(const GeneratedWorld& world, Position position) {
  const std::size_t sizes[] = {world.shape.users, world.followees.size(), world.posts.size()};
  auto rows = position.next_row;
  for (int stage = 0; stage < position.stage; ++stage) rows += sizes[stage];
  return rows;
}

bool same_counts(const Shape& a, const Shape& b) {
  return a.users == b.users && a.posts == b.posts && a.follows == b.follows && a.likes == b.likes &&
         a.views == b.views && a.pages == b.pages;
}

}  // namespace

std::vector<Id> load_popular_users(store::Database& owner, std::size_t max_count) {
  std::vector<Id> ids;
  for (const auto& row :
       owner.read(sql::seed::known_people, store::params(static_cast<std::int64_t>(max_count))))
    ids.push_back(row.integer(0));
  return ids;
}

AppendPlan plan_append(store::Database& owner, const Shape& shape) {
  const auto checkpoint = append_checkpoint::load(owner, shape.seed);
  if (!checkpoint) return {generate_world(shape, load_popular_users(owner)), false, 0};
  if (checkpoint->is_finished) throw already_added(shape.seed);
  if (!checkpoint->is_compatible) {
    throw Error(ErrorCode::bad_data, "the data of seed " + std::to_string(shape.seed) +
                                         " is added in part, by another version of feedctl")
        .with_hint("go on with that version, or give another number: --seed " +
                   std::to_string(shape.seed + 1));
  }
  if (!same_counts(checkpoint->shape, shape)) {
    const auto n = [](std::size_t count) { return std::to_string(count); };
    const auto& was = checkpoint->shape;
    throw Error(ErrorCode::bad_data, "the data of seed " + std::to_string(shape.seed) +
                                         " is added in part, by other counts")
        .with_hint("to go on: feedctl seed --append --seed " + std::to_string(shape.seed) +
                   " --users " + n(was.users) + " --posts " + n(was.posts) + " --follows " +
                   n(was.follows) + " --likes " + n(was.likes) +
                   (was.views > 0 ? " --views " + n(was.views) : "") +
                   (was.pages > 0 ? " --pages " + n(was.pages) : ""));
  }
  AppendPlan plan{
      generate_world(checkpoint->shape, append_checkpoint::load_known_users(owner, shape.seed)),
      true, 0};
  plan.rows_done = rows_before(plan.world, checkpoint->position);
  return plan;
}

AppendReport append(store::Database& owner, GeneratedWorld world, const AppendOptions& options) {
  return Appender(owner, world, options).run();
}

}  // namespace feedctl::seed
