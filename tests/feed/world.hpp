#pragma once
// An app whose workers are called by hand: events are handled, and chunks of jobs done, when a test
// says so.
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/app.hpp"
#include "feed/list_events.hpp"
#include "feed/on_events.hpp"
#include "feed/read_model.hpp"
#include "follows/follows.hpp"

namespace feedctl::test {

class World {
 public:
  explicit World(feed::Options options_of_feed = {}, cache::Cache* cache = nullptr)
      : options(options_of_feed),
        app_feed(app.database, options, cache),
        follows(app.database, {[this](Id user) { app_feed.note_change(user); }}),
        lists(cache),
        handle_(feed::on_events(options)),
        drop_(feed::drop_lists(options, lists)),
        kinds_(feed::dropping_lists(feed::job_kinds(options), lists)) {}

  Id post(Id author) { return app.posts.create(author, "x").id; }
  // A post of so long ago, with its event now.
  Id post_before(Id author, const std::string& ago);
  // User for whom rows are kept from the start.
  Id reader();

  // The events that were not taken yet, in order.
  std::vector<events::Event> take();
  void handle(const std::vector<events::Event>& events);
  void handle_all() { handle(take()); }
  // One chunk of one job, of any lane.
  bool work();
  void work_all() {
    while (work()) {
    }
  }
  void settle() {
    handle_all();
    work_all();
  }

  int state(Id user);
  // (user, post) of user_feed.
  std::set<std::pair<Id, Id>> rows() { return pairs("SELECT user_id, post_id FROM user_feed"); }
  std::set<Id> rows_of(Id user);
  std::int64_t jobs(const std::string& kind) {
    return app.count("jobs WHERE kind = '" + kind + "'");
  }
  std::vector<Id> defined(Id user, int limit = 100);
  // nullopt: the rows do not answer.
  std::optional<std::vector<Id>> from_rows(Id user, int limit = 100);

  App app;
  feed::Options options;
  feed::Feed app_feed;
  follows::Follows follows;
  feed::Lists lists;

 private:
  std::set<std::pair<Id, Id>> pairs(const char* sql);

  events::Handler handle_, drop_;
  jobs::Kinds kinds_;
  std::int64_t taken_ = 0;
};

inline std::vector<Id> ids_of(const posts::Page& page) {
  std::vector<Id> ids;
  for (const auto& post : page.posts) ids.push_back(post.id);
  return ids;
}

}  // namespace feedctl::test
