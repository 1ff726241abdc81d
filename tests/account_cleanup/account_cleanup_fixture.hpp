#pragma once
// A database with everything that acts on it, and the workers' part as far as it concerns leaving;
// the truth is asked in SQL.
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

  // Has the handler see all that is in the log and was not seen.
  void handle_events();
  // Works the low lane off, but for what is to wait.
  void run_jobs(const jobs::HandlerRegistry& kinds);
  // Events and jobs until nothing is left; second passes wait.
  void run_until_idle();
  // The same, and the second passes are due.
  void run_until_idle_with_second_pass();

  std::int64_t number(const std::string& sql) const { return std::stoll(fresh.execute(sql)); }
  std::string text(const std::string& sql) const { return fresh.execute(sql); }
  // Counters, follows, likes, posts and scores that are not what they should be; "" where all is
  // well. Brings the scores up to now first.
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
