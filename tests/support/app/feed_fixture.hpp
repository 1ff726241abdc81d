#pragma once
// An app whose workers are called by hand: events are handled, and chunks of jobs done, when a test
// says so.
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "feed_materialized/fan_out_handlers.hpp"
#include "feed_materialized/first_page_invalidation.hpp"
#include "feed_materialized/materialized_reader.hpp"
#include "follows/follows.hpp"
#include "support/app/app.hpp"
#include "support/blocking_follows.hpp"

namespace feedctl::test {

class FeedFixture {
 public:
  explicit FeedFixture(feed_materialized::Options options_of_feed = {},
                       cache::Cache* cache = nullptr)
      : options(options_of_feed),
        app_feed(app.database, options, cache),
        follows(app.database, {[this](Id user) { app_feed.on_follow_change(user); }}),
        lists(cache),
        handle_(feed_materialized::fan_out_handler(options)),
        invalidation_handler_(feed_materialized::first_page_invalidation_handler(options, lists)),
        kinds_(feed_materialized::with_first_page_invalidation(
            feed_materialized::job_handlers(options), lists)) {}

  Id post(Id author) { return app.posts.create(author, "x").id; }
  // A post of so long ago, with its event now.
  Id add_post_with_age(Id author, const std::string& ago);
  // User for whom rows are kept from the start.
  Id add_materialized_user();

  // The events that were not taken yet, in order.
  std::vector<events::Event> take_events();
  void handle_events(const std::vector<events::Event>& events);
  void handle_all_events() { handle_events(take_events()); }
  // One chunk of one job, of any lane.
  bool run_one_job();
  void run_all_jobs() {
    while (run_one_job()) {
    }
  }
  void run_until_idle() {
    handle_all_events();
    run_all_jobs();
  }

  int state(Id user);
  // (user, post) of user_feed.
  std::set<std::pair<Id, Id>> rows() { return pairs("SELECT user_id, post_id FROM user_feed"); }
  std::set<Id> rows_of(Id user);
  std::int64_t jobs(const std::string& kind) {
    return app.count("jobs WHERE kind = '" + kind + "'");
  }
  std::vector<Id> expected_feed(Id user, int limit = 100);
  // nullopt: the rows do not answer.
  std::optional<std::vector<Id>> materialized_feed(Id user, int limit = 100);

  App app;
  feed_materialized::Options options;
  feed::FeedReader app_feed;
  support::BlockingFollows follows;
  feed_materialized::FirstPageCache lists;

 private:
  std::set<std::pair<Id, Id>> pairs(const char* sql);

  events::Handler handle_, invalidation_handler_;
  jobs::HandlerRegistry kinds_;
  std::int64_t taken_ = 0;
};

inline std::vector<Id> ids_of(const posts::Page& page) {
  std::vector<Id> ids;
  for (const auto& post : page.posts) ids.push_back(post.id);
  return ids;
}

}  // namespace feedctl::test
