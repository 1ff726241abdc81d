#pragma once
// Command batchers over a database of the test's own.
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/error.hpp"
#include "commands/command_batcher.hpp"
#include "follows/follows.hpp"
#include "likes/likes.hpp"
#include "posts/posts.hpp"
#include "sql/likes.hpp"
#include "support/catch.hpp"
#include "support/database_options.hpp"
#include "support/fresh_database.hpp"
#include "support/keyless_posts.hpp"
#include "users/users.hpp"

namespace feedctl::test {

using namespace std::chrono_literals;

constexpr store::Query lock_post{"test/lock_post",
                                 "SELECT post_id FROM post_likes WHERE post_id = $1 FOR UPDATE"};
constexpr store::Query hold_key{
    "test/hold_key",
    "INSERT INTO idempotency_keys (user_id, key_hash, fp, command, status) VALUES "
    "($1, $2, '\\x00', 1, 201)"};

// The outcomes of commands that were submitted, by number.
class Outcomes {
 public:
  commands::CommandBatcher::OnOutcome next() {
    const std::lock_guard lock(mutex_);
    const auto number = all_.size();
    all_.emplace_back();
    return [this, number](commands::Outcome outcome) {
      const std::lock_guard guard(mutex_);
      all_[number] = std::move(outcome);
      ++count_;
      arrived_.notify_all();
    };
  }
  // Waits up to two minutes until `count` outcomes have arrived.
  bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    return arrived_.wait_for(lock, 2min, [&] { return count_ >= count; });
  }
  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return count_;
  }
  bool has(std::size_t number) {
    const std::lock_guard lock(mutex_);
    return all_[number].has_value();
  }
  const commands::Outcome& operator[](std::size_t number) { return all_[number].value(); }
  const commands::Reply& reply(std::size_t number) {
    return std::get<commands::Reply>(all_[number].value());
  }
  // nullptr: the outcome is not an error.
  const Error* error(std::size_t number) { return std::get_if<Error>(&all_[number].value()); }
  std::size_t errors() {
    std::size_t found = 0;
    for (std::size_t i = 0; i < all_.size(); ++i) found += error(i) != nullptr ? 1 : 0;
    return found;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<std::optional<commands::Outcome>> all_;
  std::size_t count_ = 0;
};

inline commands::Command command_with_key(Id user, int number, const std::string& fp = "\\x01") {
  commands::Command command;
  const auto digits = std::to_string(number);
  command.key =
      commands::IdempotencyKey{user, "\\x" + std::string(32 - digits.size(), '0') + digits, fp};
  return command;
}

inline commands::Command command_with_deadline(std::chrono::milliseconds wait) {
  commands::Command command;
  command.deadline = Deadline::after(wait);
  return command;
}

class BatcherFixture {
 public:
  explicit BatcherFixture(std::chrono::milliseconds lock_timeout = 30s)
      : BatcherFixture(lock_timeout, {}) {}
  // `url`: where commands connect; nullopt: to the database itself.
  BatcherFixture(std::chrono::milliseconds lock_timeout, std::optional<Secret<std::string>> url)
      : owner(options(fresh.owner_url(), lock_timeout)),
        database(options(url.value_or(fresh.url()), lock_timeout)) {}

  static store::Options options(Secret<std::string> url, std::chrono::milliseconds lock_timeout) {
    auto made = support::long_timeouts();
    made.url = std::move(url);
    made.lock_timeout = lock_timeout;
    return made;
  }
  // Options of a batcher of likes with the lock time-out of the pool's statements.
  commands::CommandBatcher::Options long_timeouts() const {
    commands::CommandBatcher::Options made{"like"};
    made.lock_timeout = 30s;
    return made;
  }

  Id add_post() { return posts.create(std::nullopt, "").id; }
  std::vector<Id> add_posts(int count) {
    std::vector<Id> made;
    for (int i = 0; i < count; ++i) made.push_back(add_post());
    return made;
  }
  std::int64_t count(const std::string& from) const {
    return std::stoll(fresh.execute("SELECT count(*) FROM " + from));
  }
  store::WriteTx lock(Id post) {
    auto tx = owner.write();
    tx.query(lock_post, store::params(post));
    return tx;
  }
  bool wait_for_blocked(int count = 1) const {
    for (int i = 0; i < 6000; ++i) {
      if (this->count("pg_stat_activity WHERE datname = current_database() AND wait_event_type = "
                      "'Lock'") >= count)
        return true;
      std::this_thread::sleep_for(10ms);
    }
    return false;
  }
  // Rows, counters and events agree, and each pair's events alternate.
  std::int64_t count_inconsistencies() const {
    return count(
               "post_likes p WHERE like_count <> (SELECT count(*) FROM likes k WHERE k.post_id = "
               "p.post_id)") +
           count(
               "(SELECT actor, object, sum(CASE type WHEN 1 THEN 1 ELSE -1 END) AS n FROM events "
               "WHERE type IN (1, 2) GROUP BY 1, 2) e WHERE n <> (SELECT count(*) FROM likes k "
               "WHERE k.user_id = e.actor AND k.post_id = e.object)") +
           count(
               "(SELECT type, lag(type) OVER (PARTITION BY actor, object ORDER BY id) AS before "
               "FROM events WHERE type IN (1, 2)) e WHERE type = before OR (before IS NULL AND "
               "type = 2)") +
           count(
               "likes k WHERE NOT EXISTS (SELECT FROM events e WHERE e.type = 1 AND e.actor = "
               "k.user_id AND e.object = k.post_id)");
  }

  support::FreshDatabase fresh;
  store::Database owner;
  store::Database database;
  support::KeylessPosts posts{owner, {}};
  users::Users users{owner};
};

}  // namespace feedctl::test
