#pragma once
// A database with users, posts and page contents, and a Redis of the test's own that keeps an
// append-only file; feedctl flush-views between them, and what the tables must hold in the end.
//
// One thread, but for flush() and the options. Fails the test where a step cannot be done.
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "redis/pool_options.hpp"
#include "store/database.hpp"
#include "support/fresh_database.hpp"
#include "support/process.hpp"
#include "support/redis_server.hpp"
#include "support/server_process.hpp"
#include "views/flush.hpp"
#include "views/impression_sender.hpp"
#include "views/view_recorder.hpp"

namespace feedctl::test {

inline constexpr const char* video_label = "pages.videocontent";
inline constexpr const char* audio_label = "pages.audiocontent";

struct FlushResult {
  int exit_code = 0;
  std::string log;     // standard error
  json::Value report;  // an object after exit code 0
};

using PostUser = std::pair<Id, Id>;

// What PostgreSQL holds.
struct Totals {
  std::int64_t views = 0, impressions = 0;
};

class ViewWorld {
 public:
  // One statement as superuser; the first column of the first row.
  using Execute = std::function<std::string(const std::string& sql)>;

  // Contents 1 to 9 are videos, 10 to 12 audios. Page 1 shows contents 1, 2, 3 and 10.
  ViewWorld(std::string database_url, Execute execute, int user_count,
            const std::string& fsync = "always");
  ViewWorld(const support::FreshDatabase& database, int user_count,
            const std::string& fsync = "always");

  // Posts of an author who is none of `users`.
  std::vector<Id> add_posts(int count);
  const std::string& url() const { return url_; }
  std::string execute(const std::string& sql) const { return execute_(sql); }
  std::int64_t number(const std::string& sql) const;

  store::Options database_options() const;
  redis::PoolOptions redis_options() const;
  // Of a feedctl process, with `more` in its environment.
  support::RunOptions run_options(std::vector<std::string> more = {}) const;
  // Of a serve that refuses nothing on a busy machine and reads feeds from the database.
  support::Settings serve_settings() const;

  FlushResult flush(const std::vector<std::string>& environment = {},
                    const std::vector<std::string>& arguments = {}) const;
  // Until nothing waits in Redis. Each report agrees with what the tables gained. The last report
  // but for the sum of the rollbacks.
  json::Value flush_until_empty(const std::vector<std::string>& arguments = {});
  bool is_redis_empty() const;
  Totals totals() const;
  std::set<PostUser> seen_views() const;  // of any day

  // The viewers' sets end, as at midnight.
  void end_day(const std::vector<Id>& posts) const;
  // As if no flush had ever begun. Redis must be empty.
  void forget_epoch() const;

  // Counters equal their rows and what events have told; feedctl verify agrees.
  void check_consistent() const;
  void check_views(const std::map<Id, std::int64_t>& expected) const;
  void check_impressions(const std::map<Id, std::int64_t>& expected) const;

  RedisServer redis;
  std::vector<Id> users;

 private:
  void check_report(const json::Value& report, const Totals& before) const;

  const std::string url_;
  const Execute execute_;
  Id next_post_ = 1;
};

// Records the views in this process and waits for the results.
std::vector<views::Result> record(views::ViewRecorder& recorder, Id user, std::vector<Id> posts);
// Sends impressions as one batch until Redis has counted it.
void send_impressions(views::ImpressionSender& sender, const std::string& label,
                      std::vector<views::Impressions> counts);
// One run in this process, without the lock of the command.
views::FlushReport flush_here(const ViewWorld& world);

}  // namespace feedctl::test
