#include <algorithm>
#include <unordered_set>

#include "base/error.hpp"
#include "seed/bulk.hpp"
#include "sql/seed.hpp"

namespace feedctl::seed {

namespace {

using Ids = std::vector<std::int64_t>;

class Append {
 public:
  Append(store::Database& db, Generated& world, const AppendOptions& options)
      : db_(db), world_(world), options_(options) {}

  AppendReport run() {
    renumber(world_.users, world_.shape.users, sql::seed::taken_users);
    renumber(world_.posts, world_.posts.size(), sql::seed::taken_posts);
    const bool whole = add_users() && add_follows() && add_posts() && add_likes();
    report_.stopped = !whole;
    return report_;
  }

 private:
  // Ids that are taken make way to the next free one, and what follows keeps its order.
  void renumber(std::vector<Id>& ids, std::size_t count, const store::Query& query) {
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

  // Calls `add` for each row of a step, then `write` once, in a transaction of its own.
  template <typename Add, typename Write>
  bool in_steps(std::size_t count, std::size_t& written, Add&& add, Write&& write) {
    for (std::size_t from = 0; from < count; from += options_.step) {
      if (options_.on_rows && !options_.on_rows(0)) return false;
      const auto upto = std::min(count, from + options_.step);
      for (auto i = from; i < upto; ++i) add(i);
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
        world_.shape.users, report_.users,
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
        world_.followees.size(), report_.follows,
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
        world_.posts.size(), report_.posts,
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
        world_.likes.size(), report_.likes,
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

  template <typename... Columns>
  store::Result send(const store::Query& query, const Columns&... columns) {
    try {
      return db_.command(query, store::params(columns...));
    } catch (const store::SqlError& e) {
      if (e.sqlstate() != "23505") throw;
      const auto seed = std::to_string(world_.shape.seed);
      throw Error(ErrorCode::conflict, "people of seed " + seed + " are there already")
          .with_hint("give another number: --seed " + std::to_string(world_.shape.seed + 1))
          .with_detail(e.detail());
    }
  }

  store::Database& db_;
  Generated& world_;
  const AppendOptions& options_;
  AppendReport report_;
};

}  // namespace

std::vector<Id> known_people(store::Database& owner, std::size_t most) {
  std::vector<Id> ids;
  for (const auto& row :
       owner.read(sql::seed::known_people, store::params(static_cast<std::int64_t>(most))))
    ids.push_back(row.integer(0));
  return ids;
}

AppendReport append(store::Database& owner, Generated world, const AppendOptions& options) {
  return Append(owner, world, options).run();
}

}  // namespace feedctl::seed
