// feedctl explain: why a post is, or is not, in a feed.
#include "operations/explain.hpp"

#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/cli/output.hpp"
#include "feedctl/cli/spec.hpp"
#include "feedctl/runtime.hpp"

namespace feedctl::cli {

namespace {

constexpr double max_id = 9007199254740991.0;

using operations::Explanation;
using Facts = Explanation::Facts;

std::string format_time(Time at) {
  return rfc3339(std::chrono::floor<std::chrono::seconds>(at));
}

std::string describe_user(std::int64_t id, const std::optional<std::string>& handle, bool lives) {
  const auto text = std::to_string(id) + " (" + handle.value_or("") + ")";
  return lives ? text : text + ", has left";
}

std::string describe_post(const Facts& f, Id post) {
  return std::to_string(post) + (f.is_post_alive ? "" : ", deleted") + ", of " +
         format_time(f.posted_at.value_or(Time{}));
}

std::string describe_follow(const Facts& f) {
  if (f.is_own) return "it is the user's own post";
  if (!f.is_following) return "no";
  return f.follows_since ? "since " + format_time(*f.follows_since)
                         : "yes, since before the oldest event in the log";
}

std::string_view name_of(Explanation::RowsState rows) {
  switch (rows) {
    case Explanation::RowsState::off:
      return "off";
    case Explanation::RowsState::filling:
      return "filling";
    case Explanation::RowsState::on:
      return "on";
  }
  return "";
}

std::string describe_rows(const Facts& f) {
  const auto seen = f.seen_at ? "last seen " + format_time(*f.seen_at) : "never seen";
  if (f.rows_state == Explanation::RowsState::off) return "not kept: " + seen;
  return std::string(f.rows_state == Explanation::RowsState::on ? "kept" : "being filled") +
         ", generation " + std::to_string(f.generation.value_or(0)) + ", " + seen;
}

std::string describe_row(const Facts& f, bool in_feed) {
  if (!f.has_row) return "not there";
  return in_feed ? "there" : "left over";
}

std::string describe_feed_floor(const Facts& f) {
  if (!f.is_above_feed_floor) return "no: rows are no longer kept for its time";
  return f.has_partition ? "yes" : "yes, but user_feed has no partition for it";
}

Cell list_cell(const std::vector<std::string>& list) {
  return list.empty() ? Cell{std::string("none")} : Cell{list};
}

std::string rank(std::int64_t newer) {
  if (newer >= Explanation::max_counted)
    return "behind " + std::to_string(Explanation::max_counted);
  return std::to_string(newer + 1);
}

void print_human_readable(Runtime& runtime, Id user, Id post, const Explanation& why) {
  const auto& f = why.facts;
  std::string head = why.verdict + "\n";
  for (std::size_t i = 1; i < why.reasons.size(); ++i)
    head += "also: " + why.reasons[i].text + "\n";
  runtime.print(head + "\n");
  Record card;
  card.add("user", describe_user(user, f.user_handle, f.is_user_alive));
  card.add("post", describe_post(f, post));
  if (f.author) {
    card.add("author",
             describe_user(*f.author, f.author_handle, f.is_author_alive.value_or(false)));
    card.add("follows author", describe_follow(f));
    card.add("merged at read",
             std::string(f.fan_out_on_read ? "yes, too many follow the author" : "no"));
  }
  card.add("rows of the user", describe_rows(f));
  card.add("recent enough for rows", describe_feed_floor(f));
  card.add("its row", describe_row(f, why.is_in_feed));
  card.add("post's event", std::string(f.is_post_event_pending ? "waiting" : "passed"));
  card.add("follow's event", std::string(f.is_follow_event_pending ? "waiting" : "none"));
  card.add("open jobs", list_cell(f.jobs));
  card.add("dead letters", list_cell(f.dead_letters));
  if (why.is_in_feed) card.add("rank in the feed", rank(f.newer_posts));
  card.print(runtime);
}

template <typename T>
Cell optional_cell(const std::optional<T>& value) {
  return value ? Cell{*value} : Cell{};
}

void print_machine_readable(Runtime& runtime, Id user, Id post, const Explanation& why) {
  const auto& f = why.facts;
  std::vector<std::string> codes;
  for (const auto& reason : why.reasons) codes.push_back(reason.code);
  const auto waits = [](bool waiting) { return std::string(waiting ? "waiting" : "passed"); };
  Record()
      .add("user", user)
      .add("post", post)
      .add("in_feed", why.is_in_feed)
      .add("drift", why.is_drift)
      .add("verdict", why.verdict)
      .add("reasons", codes)
      .add("user_handle", optional_cell(f.user_handle))
      .add("user_lives", f.is_user_alive)
      .add("post_lives", f.is_post_alive)
      .add("posted_at", optional_cell(f.posted_at))
      .add("author", optional_cell(f.author))
      .add("author_handle", optional_cell(f.author_handle))
      .add("author_lives", f.is_author_alive.value_or(false))
      .add("own", f.is_own)
      .add("follows", f.is_following)
      .add("follows_since", optional_cell(f.follows_since))
      .add("merged_at_read", f.fan_out_on_read)
      .add("above_floor", f.is_above_feed_floor)
      .add("has_part", f.has_partition)
      .add("rows", std::string(name_of(f.rows_state)))
      .add("generation", optional_cell(f.generation))
      .add("seen_at", optional_cell(f.seen_at))
      .add("row", f.has_row)
      .add("post_event", waits(f.is_post_event_pending))
      .add("follow_event", waits(f.is_follow_event_pending))
      .add("open_jobs", f.jobs)
      .add("dead_letters", f.dead_letters)
      .add("rank", why.is_in_feed && f.newer_posts < Explanation::max_counted
                       ? Cell{f.newer_posts + 1}
                       : Cell{})
      .print(runtime);
}

int run_explain(Runtime& runtime, Id user, Id post) {
  const auto why = operations::explain_post(runtime.database(), user, post);
  if (runtime.common().format() == OutputFormat::table)
    print_human_readable(runtime, user, post, why);
  else
    print_machine_readable(runtime, user, post, why);
  return why.is_drift ? exit_negative : exit_ok;
}

}  // namespace

CommandFn explain(Spec& spec) {
  struct Flags {
    std::int64_t user = 0, post = 0;
  };
  auto flags = std::make_shared<Flags>();
  spec.about(
      "Prints the verdict, every reason for it, and the facts: who follows whom and since when, "
      "whether rows are kept, what still waits. The exit code is 3 if the post should have a row, "
      "the row is missing and nothing will write it, and 1 if there is no such user or post.");
  spec.example("why does this user not see it", "feedctl explain --user 7265 --post 8311");
  spec.example("for a program", "feedctl explain --user 7265 --post 8311 -o json | jq .reasons");
  spec.value("--user", "ID", "whose feed", &flags->user).between(1, max_id).required();
  spec.value("--post", "ID", "which post", &flags->post).between(1, max_id).required();
  spec.see_also({"trace", "verify", "rebuild-feed"});
  return [flags](Runtime& runtime) { return run_explain(runtime, flags->user, flags->post); };
}

}  // namespace feedctl::cli
