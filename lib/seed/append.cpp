#include <algorithm>
#include <unordered_set>

#include "base/error.hpp"
#include "seed/append_mark.hpp"
#include "seed/bulk.hpp"
#include "sql/seed.hpp"

namespace feedctl::seed {

namespace {

using Ids = std::vector<std::int64_t>;
using append_mark::Place;

constexpr int attempts = 4;
enum Stage { users, follows, posts, likes };

Error added_already(std::uint64_t seed) {
  return Error(ErrorCode::bad_data, "people of seed " + std::to_string(seed) + " are there already")
      .with_hint("give another number: --seed " + std::to_string(seed + 1));
}

class Append {
 public:
  Append(store::Database& db, Generated& world, const AppendOptions& options)
      : db_(db), world_(world), options_(options) {}

  AppendReport run() {
    if (const auto mark = append_mark::find(db_, world_.shape.seed)) {
      if (mark->finished || mark->shape.now != world_.shape.now)
        throw added_already(world_.shape.seed);
      begun_ = true;
      place_ = mark->place;
      append_mark::move_again(db_, world_);
    } else {
      moved_users_ = renumber(world_.users, world_.shape.users, sql::seed::taken_users);
      moved_posts_ = renumber(world_.posts, world_.posts.size(), sql::seed::taken_posts);
    }
    const bool whole = add_users() && add_follows() && add_posts() && add_likes();
    report_.stopped = !whole;
    if (whole && begun_) append_mark::finish(db_, world_.shape.seed);
    return report_;
  }

 private:
  // Ids that are taken make way to the next free one, and what follows keeps its order. Returns
  // those that changed.
  append_mark::Moved renumber(std::vector<Id>& ids, std::size_t count, const store::Query& query) {
    const auto before = ids;
    Id last = 0;
    for (std::size_t from = 0; from < count; from += options_.step) {
      const auto upto = std::min(count, from + options_.step);
      std::unordered_set<Id> taken;
      for (bool free = false; !free;) {
        for (auto i = from; i < upto; ++i) last = ids[i] = free_one(ids[i], last, taken);
        const auto found = db_.read(
            query, store::params(Ids(ids.begin() + offset(from), ids.begin() + offset(upto))));
        for (const auto& row : found) taken.insert(row.integer(0));
        free = found.empty();
        if (!free) last = from == 0 ? 0 : ids[from - 1];
      }
    }
    append_mark::Moved moved;
    for (std::size_t i = 0; i < count; ++i) {
      if (ids[i] != before[i]) moved.emplace_back(static_cast<std::int64_t>(i), ids[i]);
    }
    return moved;
  }
  static std::ptrdiff_t offset(std::size_t i) { return static_cast<std::ptrdiff_t>(i); }
  static Id free_one(Id id, Id last, const std::unordered_set<Id>& taken) {
    id = std::max(id, last + 1);
    while (taken.count(id) != 0 || (id >> 7 & 31) != bulk_node) {
      ++id;
      if ((id >> 7 & 31) != bulk_node)
        id = make_id(time_of_id(id) + std::chrono::milliseconds{1}, bulk_node, 0);
    }
    return id;
  }

  // Calls `add` for each row of a step, then `write` once, in a transaction of its own that moves
  // the mark, too. What earlier runs have added is passed over.
  template <typename Add, typename Write>
  bool in_steps(Stage stage, std::size_t count, std::size_t& written, Add&& add, Write&& write) {
    if (place_.stage > stage) return true;
    for (auto from = place_.stage < stage ? 0 : place_.next; from < count; from += options_.step) {
      if (options_.on_rows && !options_.on_rows(0)) return false;
      const auto upto = std::min(count, from + options_.step);
      for (auto i = from; i < upto; ++i) add(i);
      next_place_ = {stage, upto};
      written += static_cast<std::size_t>(write().only().integer(0));
      ++report_.transactions;
      if (options_.on_rows) options_.on_rows(upto - from);
    }
    return true;
  }

  bool add_users() {
    Ids ids;
    std::vector<std::string> handles, names;
    return in_steps(
        Stage::users, world_.shape.users, report_.users,
        [&](std::size_t i) {
          ids.push_back(world_.users[i]);
          handles.push_back(world_.handle(i));
          names.push_back(world_.name(i));
        },
        [&] {
          return send(sql::seed::append_users, std::exchange(ids, {}), std::exchange(handles, {}),
                      std::exchange(names, {}));
        });
  }

  bool add_follows() {
    Ids followers, followees;
    std::size_t user = 0;
    return in_steps(
        Stage::follows, world_.followees.size(), report_.follows,
        [&](std::size_t i) {
          while (world_.follows_from[user + 1] <= i) ++user;
          followers.push_back(world_.users[user]);
          followees.push_back(world_.users[world_.followees[i]]);
        },
        [&] {
          return send(sql::seed::append_follows, std::exchange(followers, {}),
                      std::exchange(followees, {}));
        });
  }

  bool add_posts() {
    Ids ids, authors;
    std::vector<std::string> texts;
    return in_steps(
        Stage::posts, world_.posts.size(), report_.posts,
        [&](std::size_t i) {
          ids.push_back(world_.posts[i]);
          authors.push_back(world_.users[world_.authors[i]]);
          texts.push_back(world_.text(i));
        },
        [&] {
          return send(sql::seed::append_posts, std::exchange(ids, {}), std::exchange(authors, {}),
                      std::exchange(texts, {}));
        });
  }

  bool add_likes() {
    Ids users, posts, times;
    return in_steps(
        Stage::likes, world_.likes.size(), report_.likes,
        [&](std::size_t i) {
          const auto& like = world_.likes[i];
          const Id post = world_.posts[like.post];
          users.push_back(world_.users[like.user]);
          posts.push_back(post);
          // The post may have got a later id.
          times.push_back(std::max(unix_us(like.at), unix_us(time_of_id(post)) + 1));
        },
        [&] {
          return send(sql::seed::append_likes, std::exchange(users, {}), std::exchange(posts, {}),
                      std::exchange(times, {}));
        });
  }

  // One that met a deadlock has left nothing behind, and is done again.
  template <typename... Columns>
  store::Result send(const store::Query& query, const Columns&... columns) {
    const auto params = store::params(columns...);
    for (int attempt = 1;; ++attempt) {
      try {
        auto tx = db_.write();
        auto result = tx.query(query, params);
        move_mark(tx);
        tx.commit();
        begun_ = true;
        place_ = next_place_;
        return result;
      } catch (const store::SqlError& e) {
        if (e.sqlstate() == "23505") throw added_already(world_.shape.seed).with_detail(e.detail());
        if (!e.is_transient() || attempt == attempts) throw;
      }
    }
  }

  void move_mark(store::WriteTx& tx) {
    if (begun_)
      append_mark::move(tx, world_.shape.seed, place_, next_place_);
    else
      append_mark::begin(tx, world_, moved_users_, moved_posts_, next_place_);
  }

  store::Database& db_;
  Generated& world_;
  const AppendOptions& options_;
  AppendReport report_;
  append_mark::Moved moved_users_, moved_posts_;
  bool begun_ = false;        // the mark is there
  Place place_, next_place_;  // what is in, and what is with the step at hand
};

// What a world has in front of this place, in rows.
std::size_t rows_before(const Generated& world, Place place) {
  const std::size_t sizes[] = {world.shape.users, world.followees.size(), world.posts.size()};
  auto rows = place.next;
  for (int stage = 0; stage < place.stage; ++stage) rows += sizes[stage];
  return rows;
}

bool same_counts(const Shape& a, const Shape& b) {
  return a.users == b.users && a.posts == b.posts && a.follows == b.follows && a.likes == b.likes;
}

}  // namespace

std::vector<Id> known_people(store::Database& owner, std::size_t most) {
  std::vector<Id> ids;
  for (const auto& row :
       owner.read(sql::seed::known_people, store::params(static_cast<std::int64_t>(most))))
    ids.push_back(row.integer(0));
  return ids;
}

AppendWorld plan_append(store::Database& owner, const Shape& shape) {
  const auto mark = append_mark::find(owner, shape.seed);
  if (!mark) return {generate(shape, known_people(owner)), false, 0};
  if (mark->finished) throw added_already(shape.seed);
  if (!same_counts(mark->shape, shape)) {
    const auto n = [](std::size_t count) { return std::to_string(count); };
    const auto& was = mark->shape;
    throw Error(ErrorCode::bad_data, "the world of seed " + std::to_string(shape.seed) +
                                         " is added in part, by other counts")
        .with_hint("to go on: feedctl seed --append --seed " + std::to_string(shape.seed) +
                   " --users " + n(was.users) + " --posts " + n(was.posts) + " --follows " +
                   n(was.follows) + " --likes " + n(was.likes));
  }
  AppendWorld plan{generate(mark->shape, append_mark::known(owner, shape.seed)), true, 0};
  plan.rows_in = rows_before(plan.world, mark->place);
  return plan;
}

AppendReport append(store::Database& owner, Generated world, const AppendOptions& options) {
  return Append(owner, world, options).run();
}

}  // namespace feedctl::seed
