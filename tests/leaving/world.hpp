#pragma once
// A database with everything that acts on it, and the workers' part as far as it concerns leaving;
// the truth is asked in SQL.
#include <string>

#include "auth/auth.hpp"
#include "events/events.hpp"
#include "feed/feed.hpp"
#include "follows/follows.hpp"
#include "hot/hot.hpp"
#include "jobs/jobs.hpp"
#include "leaving/leaving.hpp"
#include "likes/likes.hpp"
#include "posts/posts.hpp"
#include "support/fresh_database.hpp"
#include "users/leave.hpp"
#include "users/users.hpp"

namespace feedctl::test {

struct World {
  explicit World(leaving::Options chunks = {});

  Id add(const std::string& handle) { return users.create({handle}).id; }
  Id write(Id author) { return posts.create(author, "text").id; }
  void leave(Id account);

  // Has the handler see all that is in the log and was not seen.
  void take_events();
  // Works the low lane off, but for what is to wait.
  void run_jobs(const jobs::Kinds& kinds);
  // Events and jobs until nothing is left; second passes wait.
  void settle();
  // The same, and the second passes are due.
  void settle_for_good();

  std::int64_t number(const std::string& sql) const { return std::stoll(fresh.execute(sql)); }
  std::string text(const std::string& sql) const { return fresh.execute(sql); }
  // Counters, follows, likes, posts and scores that are not what they should be; "" where all is
  // well. Brings the scores up to now first.
  std::string wrong();

  const leaving::Options options;
  support::FreshDatabase fresh;
  store::Database database;
  store::Database log_database;
  users::Users users{database};
  posts::Posts posts{database, {}};
  likes::Likes likes{database, {}};
  follows::Follows follows{database};
  const jobs::Kinds kinds = leaving::job_kinds(options);
};

std::string said(const std::function<void()>& work);

}  // namespace feedctl::test
