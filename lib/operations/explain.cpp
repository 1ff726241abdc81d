#include "operations/explain.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "sql/verify.hpp"

namespace feedctl::operations {
namespace {

using Facts = Explanation::Facts;
using Reasons = std::vector<Explanation::Reason>;
using RowsState = Explanation::RowsState;

std::optional<bool> maybe_boolean(const store::Row& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return row.boolean(column);
}

std::optional<Time> maybe_time(const store::Row& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return row.time(column);
}

std::vector<std::string> split_lines(const std::optional<std::string>& text) {
  std::vector<std::string> all;
  if (!text) return all;
  for (std::size_t from = 0; from <= text->size();) {
    const auto end = std::min(text->find('\n', from), text->size());
    all.push_back(text->substr(from, end - from));
    from = end + 1;
  }
  return all;
}

bool require_exists(const store::Row& row, int column, const std::string& what, Id id) {
  if (const auto lives = maybe_boolean(row, column)) return *lives;
  throw Error(ErrorCode::not_found, "there is no " + what + " " + std::to_string(id))
      .with_hint("ids are those of GET /v1/users?handle=NAME and GET /v1/posts/{id}");
}

// explain.sql, column by column.
Facts facts_of(const store::Row& row, Id user, Id post) {
  Facts f;
  f.is_user_alive = require_exists(row, 0, "user", user);
  f.is_post_alive = require_exists(row, 1, "post", post);
  f.author = row.maybe_integer(2);
  f.is_author_alive = maybe_boolean(row, 3);
  f.is_following = row.boolean(4);
  f.fan_out_on_read = row.boolean(5);
  f.is_above_feed_floor = row.boolean(6);
  f.has_partition = row.boolean(7);
  const auto state = row.maybe_integer(8).value_or(0);
  f.rows_state = state == 0 ? RowsState::off : state == 1 ? RowsState::filling : RowsState::on;
  f.generation = row.maybe_integer(9);
  f.has_row = row.boolean(10);
  f.is_post_event_pending = row.boolean(11);
  f.is_follow_event_pending = row.boolean(12);
  f.jobs = split_lines(row.maybe_text(13));
  f.dead_letters = split_lines(row.maybe_text(14));
  f.newer_posts = row.integer(15);
  f.user_handle = row.maybe_text(16);
  f.author_handle = row.maybe_text(17);
  f.posted_at = maybe_time(row, 18);
  f.follows_since = maybe_time(row, 19);
  f.seen_at = maybe_time(row, 20);
  f.is_user_suspended = row.boolean(21);
  f.is_author_suspended = maybe_boolean(row, 22).value_or(false);
  f.is_post_hidden = row.boolean(23);
  f.is_own = f.author && *f.author == user;
  return f;
}

// Why the defining query excludes the post; empty if it does not.
Reasons exclusion_reasons(const Facts& f) {
  Reasons why;
  if (!f.is_user_alive) why.push_back({"user_left", "the user has left"});
  if (f.is_user_suspended) why.push_back({"user_suspended", "the user is suspended"});
  if (!f.is_post_alive) why.push_back({"post_deleted", "the post is deleted"});
  if (f.is_post_hidden) why.push_back({"post_hidden", "the post is hidden by a moderator"});
  if (!f.author) {
    why.push_back({"no_author", "the post has no author"});
    return why;
  }
  if (!f.is_author_alive.value_or(false)) why.push_back({"author_left", "its author has left"});
  if (f.is_author_suspended) why.push_back({"author_suspended", "its author is suspended"});
  if (!f.is_own && !f.is_following)
    why.push_back({"not_followed", "the user does not follow its author"});
  return why;
}

// Events and jobs that will still write its row.
Reasons pending_reasons(const Facts& f) {
  Reasons why;
  const std::string text = "its row will still be written: ";
  if (f.is_post_event_pending) why.push_back({"post_waits", text + "the post's event waits"});
  if (f.is_follow_event_pending) why.push_back({"follow_waits", text + "the follow's event waits"});
  if (!f.jobs.empty()) why.push_back({"job_open", text + join(f.jobs, ", ") + " is open"});
  return why;
}

// How the post gets into the feed: by materialized rows, or else by the defining query.
Reasons inclusion_reasons(const Facts& f) {
  Reasons ways;
  if (f.is_own) ways.push_back({"own", "it is the user's own, and merged at read"});
  if (f.fan_out_on_read)
    ways.push_back({"merged_at_read", "its author has many followers, and is merged at read"});
  if (!f.is_above_feed_floor)
    ways.push_back(
        {"below_floor", "it is older than the kept rows, so the defining query answers"});
  else if (!f.has_partition)
    ways.push_back({"no_part", "user_feed has no partition for it, so the defining query answers"});
  if (f.rows_state == RowsState::off)
    ways.push_back({"inactive", "no rows are kept for the user, so the defining query answers"});
  if (!ways.empty()) return ways;
  if (f.has_row) return {{"row", "its row is there"}};
  if (f.rows_state == RowsState::filling)
    return {{"filling", "the user's rows are being filled; meanwhile the defining query answers"}};
  ways = pending_reasons(f);
  if (ways.empty())
    ways.push_back({"row_missing", "but its row is missing and nothing will write it"});
  return ways;
}

}  // namespace

Explanation explain_post(store::Database& database, Id user, Id post) {
  const auto rows = database.read(sql::verify::explain, store::params(user, post));
  Explanation out;
  out.facts = facts_of(rows.single_row(), user, post);
  out.reasons = exclusion_reasons(out.facts);
  out.is_in_feed = out.reasons.empty();
  if (!out.is_in_feed) {
    out.verdict = "not in the feed: " + out.reasons.front().text;
    if (out.facts.has_row) out.verdict += "; its row is left over, and readers leave it out";
    return out;
  }
  out.reasons = inclusion_reasons(out.facts);
  out.is_drift = out.reasons.front().code == "row_missing";
  out.verdict = "in the feed: " + out.reasons.front().text;
  if (out.is_drift) out.verdict += ": run feedctl rebuild-feed --user " + std::to_string(user);
  return out;
}

}  // namespace feedctl::operations
