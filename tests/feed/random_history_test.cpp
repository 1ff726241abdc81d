// Compares the feed with its definition, which is computed in memory from the whole history. One
// history; three with FEEDCTL_LONG=1.
#include <map>
#include <random>
#include <set>

#include "support/app/app.hpp"
#include "support/catch.hpp"
#include "support/long_mode.hpp"
#include "support/suspension.hpp"

using namespace feedctl;
using test::App;

namespace {

// The result of all commands so far, in memory.
struct ExpectedState {
  std::vector<Id> users;
  std::set<Id> deleted_users;
  std::set<Id> suspended;
  std::map<Id, Id> author_of;  // of living posts
  std::map<Id, std::set<Id>> follows;
  std::set<std::pair<Id, Id>> likes;

  bool is_hidden(Id user) const {
    return deleted_users.count(user) > 0 || suspended.count(user) > 0;
  }
  std::vector<Id> feed(Id user) const {
    std::vector<Id> ids;
    for (auto at = author_of.rbegin(); at != author_of.rend(); ++at) {
      const auto [post, author] = *at;
      const auto follows_of = follows.find(user);
      const bool followed = follows_of != follows.end() && follows_of->second.count(author) > 0;
      if ((author == user || followed) && !is_hidden(author)) ids.push_back(post);
    }
    return ids;
  }
};

class RandomHistory {
 public:
  RandomHistory(App& app, unsigned seed, int people) : app_(app), random_(seed) {
    for (int i = 0; i < people; ++i) world.users.push_back(app_.add_user());
  }

  void step() {
    const auto a = random_user(), b = random_user();
    const auto dice = random_() % 100;
    if (dice < 30 && a != b) {
      app_.follow(a, b);
      world.follows[a].insert(b);
    } else if (dice < 40) {
      app_.unfollow(a, b);
      world.follows[a].erase(b);
    } else if (dice < 80) {
      world.author_of[app_.posts.create(a, "by " + std::to_string(a)).id] = a;
    } else if (dice < 90 && has_shown_post()) {
      const auto post = random_post();
      app_.posts.remove(post, world.author_of[post], false);
      world.author_of.erase(post);
    } else if (has_shown_post()) {
      const auto post = random_post();
      app_.likes.like(a, post);
      world.likes.insert({a, post});
    }
  }

  // Deletes an account. Its follows and posts stay, as they do until a job has removed them.
  void delete_user() {
    const auto user = random_user();
    app_.remove_user(user);
    world.deleted_users.insert(user);
    for (auto at = world.author_of.begin(); at != world.author_of.end();) {
      at = at->second == user ? world.author_of.erase(at) : std::next(at);
    }
  }

  // Some are suspended, and others come back with all that they had.
  void change_suspensions() {
    for (int i = 0; i < 3; ++i) {
      const auto user = random_user();
      support::suspend(app_.database, user);
      world.suspended.insert(user);
    }
    for (int i = 0; i < 2; ++i) {
      const auto user = *world.suspended.begin();
      support::reinstate(app_.database, user);
      world.suspended.erase(user);
    }
  }

  ExpectedState world;

 private:
  Id random_user() {
    for (;;) {
      const auto user = world.users[random_() % world.users.size()];
      if (!world.is_hidden(user)) return user;
    }
  }
  std::vector<Id> shown_posts() const {
    std::vector<Id> posts;
    for (const auto& [post, author] : world.author_of) {
      if (!world.is_hidden(author)) posts.push_back(post);
    }
    return posts;
  }
  bool has_shown_post() const { return !shown_posts().empty(); }
  Id random_post() {
    const auto posts = shown_posts();
    return posts[random_() % posts.size()];
  }

  App& app_;
  std::mt19937 random_;
};

// The whole feed, read page by page.
std::vector<Id> read(App& app, const ExpectedState& world, Id user, int limit) {
  std::vector<Id> ids;
  for (Id before = posts::max_id;;) {
    const auto page = app.feed.read_page(user, before, limit);
    CHECK(page.posts.size() <= static_cast<std::size_t>(limit));
    for (const auto& post : page.posts) {
      ids.push_back(post.id);
      CHECK(post.author.value().id == world.author_of.at(post.id));
      CHECK(post.text == "by " + std::to_string(post.author->id));
      CHECK(post.liked == (world.likes.count({user, post.id}) > 0));
    }
    if (!page.next) return ids;
    REQUIRE(page.posts.size() == static_cast<std::size_t>(limit));
    before = *page.next;
  }
}

}  // namespace

TEST_CASE(
    "every feed equals the defining query under random follows, posts, deletes and "
    "suspensions") {
  for (unsigned seed = 1; seed <= support::rounds(1U, 3U); ++seed) {
    App app;
    RandomHistory history(app, seed, 12);
    std::size_t compared = 0;
    for (int round = 0; round < 4; ++round) {
      for (int i = 0; i < 90; ++i) history.step();
      for (const auto user : history.world.users) {
        if (history.world.is_hidden(user)) continue;
        INFO("seed " << seed << ", round " << round << ", user " << user);
        const auto expected = history.world.feed(user);
        CHECK(read(app, history.world, user, 1 + static_cast<int>(user % 7)) == expected);
        CHECK(read(app, history.world, user, 100) == expected);
        compared += expected.size();
      }
      history.delete_user();
      history.change_suspensions();
    }
    CHECK(compared > 500);  // the graphs were not empty
  }
}
