#pragma once
// A database, the features that write to it, and the worker's handlers of account cleanup. The
// expected state is queried in SQL.
#include <string>

#include "account_cleanup/account_cleanup.hpp"
#include "auth/auth.hpp"
#include "events/events.hpp"
#include "feed/feed_reader.hpp"
#include "follows/follows.hpp"
#include "hot/hot_feed.hpp"
#include "jobs/jobs.hpp"
#include "jobs/runner_state.hpp"
#include "likes/likes.hpp"
#include "posts/posts.hpp"
#include "support/blocking_follows.hpp"
#include "support/blocking_likes.hpp"
#include "support/fresh_database.hpp"
#include "support/keyless_posts.hpp"
#include "users/delete_account.hpp"
#include "users/users.hpp"

namespace feedctl::test {

struct AccountCleanupFixture {
  explicit AccountCleanupFixture(account_cleanup::Options chunks = {});

  Id add(const std::string& handle) { return users.create({handle}).id; }
  Id add_post(Id author) { return posts.create(author, "text").id; }
  void delete_account(Id account);

  // Runs the handler for all new events of the log.
  void handle_events();
  // Runs all jobs of low priority that are due.
  void run_jobs(const jobs::HandlerRegistry& kinds);
  // Runs events and jobs until none is due. Second passes are not due yet.
  void run_until_idle();
  // The same, but second passes are due.
  void run_until_idle_with_second_pass();

  std::int64_t number(const std::string& sql) const { return std::stoll(fresh.execute(sql)); }
  std::string text(const std::string& sql) const { return fresh.execute(sql); }
  // Updates the scores, then describes wrong counters, follows, likes, posts and scores; "": none.
  std::string find_inconsistencies();

  const account_cleanup::Options options;
  support::FreshDatabase fresh;
  store::Database database;
  store::Database log_database;
  users::Users users{database};
  support::KeylessPosts posts{database, {}};
  support::BlockingLikes likes{database, {}};
  support::BlockingFollows follows{database};
  const jobs::HandlerRegistry kinds = account_cleanup::job_handlers(options);
};

std::string error_of(const std::function<void()>& work);

}  // namespace feedctl::test
