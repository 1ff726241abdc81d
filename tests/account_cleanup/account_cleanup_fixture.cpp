#include "account_cleanup_fixture.hpp"

#include "events/consumer.hpp"
#include "events/consumer_log.hpp"
#include "hot/queries.hpp"
#include "jobs/event_jobs.hpp"
#include "support/database_options.hpp"

namespace feedctl::test {

namespace {

store::Options options_of(const support::FreshDatabase& fresh, bool reader) {
  auto made = support::long_timeouts();
  made.url = fresh.url();
  made.pool_size = 12;
  // Long enough for a busy machine.
  if (reader) made.settings = events::planner_settings();
  return made;
}

constexpr const char* wrong_counters = R"(
  SELECT coalesce(string_agg(what, '; '), '') FROM (
    SELECT 'like_count of ' || c.post_id AS what FROM post_likes c
    WHERE c.like_count <> (SELECT count(*) FROM likes WHERE post_id = c.post_id)
    UNION ALL SELECT 'counters of ' || s.user_id FROM user_stats s
    WHERE (s.followers, s.following) <>
          ((SELECT count(*) FROM follows WHERE followee_id = s.user_id),
           (SELECT count(*) FROM follows WHERE follower_id = s.user_id))
    UNION ALL SELECT 'counters without user ' || s.user_id FROM user_stats s
    JOIN users u ON u.id = s.user_id WHERE u.deleted_at IS NOT NULL
    UNION ALL SELECT 'follow of the departed ' || follower_id || '>' || followee_id FROM follows
    WHERE EXISTS (SELECT FROM users WHERE id IN (follower_id, followee_id) AND deleted_at IS NOT NULL)
    UNION ALL SELECT 'like of the departed ' || user_id FROM likes
    WHERE EXISTS (SELECT FROM users WHERE id = user_id AND deleted_at IS NOT NULL)
    UNION ALL SELECT 'like of a deleted post ' || post_id FROM likes
    WHERE NOT EXISTS (SELECT FROM post_likes p WHERE p.post_id = likes.post_id)
    UNION ALL SELECT 'post of the departed ' || p.id FROM posts p JOIN users u ON u.id = p.author_id
    WHERE u.deleted_at IS NOT NULL AND (p.deleted_at IS NULL OR p.text <> '')
    UNION ALL SELECT 'counter of a deleted post ' || p.id FROM posts p
    WHERE (p.deleted_at IS NULL) <> EXISTS (SELECT FROM post_likes WHERE post_id = p.id)
  ) found)";

// The differences between the tables and the likes and follows that the log adds up to.
constexpr const char* wrong_events = R"(
  SELECT coalesce(string_agg(what, '; '), '') FROM (
    SELECT 'events of like ' || actor || '>' || object AS what FROM events
    WHERE type IN (1, 2) AND EXISTS (SELECT FROM post_likes WHERE post_id = object)
    GROUP BY actor, object
    HAVING sum(3 - 2 * type) <> (SELECT count(*) FROM likes WHERE user_id = actor AND post_id = object)
    UNION ALL SELECT 'events of follow ' || actor || '>' || object FROM events
    WHERE type IN (3, 4) GROUP BY actor, object
    HAVING sum(7 - 2 * type) <>
           (SELECT count(*) FROM follows WHERE follower_id = actor AND followee_id = object)
    UNION ALL SELECT 'events of post ' || p.id FROM posts p
    WHERE p.deleted_at IS NOT NULL AND (SELECT count(*) FROM events WHERE type = 6 AND object = p.id) <> 1
  ) found)";

constexpr const char* wrong_scores = R"(
  WITH truth AS (
    SELECT l.post_id, count(*) AS score FROM likes l JOIN post_likes USING (post_id)
    WHERE l.created_at > (SELECT window_start FROM hot_state) GROUP BY l.post_id)
  SELECT coalesce(string_agg('score of ' || post_id, '; '), '')
  FROM truth t FULL JOIN hot_scores h USING (post_id) WHERE t.score IS DISTINCT FROM h.score)";

}  // namespace

AccountCleanupFixture::AccountCleanupFixture(account_cleanup::Options chunks)
    : options(chunks), database(options_of(fresh, false)), log_database(options_of(fresh, true)) {}

void AccountCleanupFixture::delete_account(Id account) {
  commands::Command command;
  users.delete_account(account, command);
}

void AccountCleanupFixture::handle_events() {
  using Consumer = events::Consumer<events::ConsumerLog>;
  const Consumer::Effects effects{account_cleanup::cleanup_handler(options),
                                  jobs::retry_event_later, jobs::dead_letter_event};
  events::ConsumerLog log(log_database, "work", events::work_slots);
  for (int slot = 0; slot < events::work_slots; ++slot) {
    Consumer consumer(log, effects, slot, 500, false);
    while (consumer.step(true) == events::StepResult::worked) {
    }
  }
}

void AccountCleanupFixture::run_jobs(const jobs::HandlerRegistry& with) {
  jobs::RunnerState state;
  while (jobs::run_one(database, jobs::Priority::low, with, state)) {
  }
}

void AccountCleanupFixture::run_until_idle() {
  do {
    handle_events();
    run_jobs(kinds);
  } while (number("SELECT count(*) FROM waiting_events WHERE name = 'work' AND type IN (6, 9)") >
           0);
}

void AccountCleanupFixture::run_until_idle_with_second_pass() {
  run_until_idle();
  fresh.execute(
      "UPDATE jobs SET not_before = now() - interval '1 second', not_before_uptime_ms = NULL");
  run_until_idle();
}

std::string AccountCleanupFixture::find_inconsistencies() {
  if (!hot::queries::aggregate_scores(database)) return "the scores cannot be brought up to now";
  return text(wrong_counters) + text(wrong_events) + text(wrong_scores);
}

std::string error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace feedctl::test
