// feedctl explain: why a post is, or is not, in a feed.
#include "verify/explain.hpp"

#include "feedctl/frame/exit_codes.hpp"
#include "feedctl/frame/output.hpp"
#include "feedctl/frame/spec.hpp"
#include "feedctl/runtime.hpp"

namespace feedctl::cli {

namespace {

constexpr double largest_id = 9007199254740991.0;

using feedctl::verify::Explanation;
using Facts = Explanation::Facts;

std::string second(Time at) {
  return rfc3339(std::chrono::floor<std::chrono::seconds>(at));
}

std::string named(std::int64_t id, const std::optional<std::string>& handle, bool lives) {
  const auto text = std::to_string(id) + " (" + handle.value_or("") + ")";
  return lives ? text : text + ", has left";
}

std::string words_of_post(const Facts& f, Id post) {
  return std::to_string(post) + (f.post_lives ? "" : ", deleted") + ", of " +
         second(f.posted_at.value_or(Time{}));
}

std::string words_of_follow(const Facts& f) {
  if (f.own) return "it is the user's own post";
  if (!f.follows) return "no";
  return f.follows_since ? "since " + second(*f.follows_since)
                         : "yes, for longer than the log reaches";
}

std::string_view name_of(Explanation::Rows rows) {
  switch (rows) {
    case Explanation::Rows::off:
      return "off";
    case Explanation::Rows::filling:
      return "filling";
    case Explanation::Rows::on:
      return "on";
  }
  return "";
}

std::string words_of_rows(const Facts& f) {
  const auto seen = f.seen_at ? "last seen " + second(*f.seen_at) : "never seen";
  if (f.rows == Explanation::Rows::off) return "not kept: " + seen;
  return std::string(f.rows == Explanation::Rows::on ? "kept" : "being filled") + ", generation " +
         std::to_string(f.generation.value_or(0)) + ", " + seen;
}

std::string words_of_row(const Facts& f, bool in_feed) {
  if (!f.row) return "not there";
  return in_feed ? "there" : "left over";
}

std::string words_of_floor(const Facts& f) {
  if (!f.above_floor) return "below it: rows are no longer kept for its time";
  return f.has_part ? "above it" : "above it, without a part of user_feed for it";
}

Cell list_or_none(const std::vector<std::string>& list) {
  return list.empty() ? Cell{std::string("none")} : Cell{list};
}

std::string rank(std::int64_t newer) {
  if (newer >= Explanation::most_counted)
    return "behind " + std::to_string(Explanation::most_counted);
  return std::to_string(newer + 1);
}

void print_for_people(Runtime& runtime, Id user, Id post, const Explanation& why) {
  const auto& f = why.facts;
  std::string head = why.verdict + "\n";
  for (std::size_t i = 1; i < why.reasons.size(); ++i)
    head += "also: " + why.reasons[i].text + "\n";
  runtime.print(head + "\n");
  Card card;
  card.add("user", named(user, f.user_handle, f.user_lives));
  card.add("post", words_of_post(f, post));
  if (f.author) {
    card.add("author", named(*f.author, f.author_handle, f.author_lives.value_or(false)));
    card.add("follows author", words_of_follow(f));
    card.add("merged at read", std::string(f.pull ? "yes, too many follow the author" : "no"));
  }
  card.add("rows of the user", words_of_rows(f));
  card.add("rows' floor", words_of_floor(f));
  card.add("its row", words_of_row(f, why.in_feed));
  card.add("post's event", std::string(f.post_waits ? "waiting" : "passed"));
  card.add("follow's event", std::string(f.follow_waits ? "waiting" : "none waits"));
  card.add("open jobs", list_or_none(f.jobs));
  card.add("dead letters", list_or_none(f.dead_letters));
  if (why.in_feed) card.add("rank in the feed", rank(f.newer));
  card.print(runtime);
}

template <typename T>
Cell maybe(const std::optional<T>& value) {
  return value ? Cell{*value} : Cell{};
}

void print_for_programs(Runtime& runtime, Id user, Id post, const Explanation& why) {
  const auto& f = why.facts;
  std::vector<std::string> codes;
  for (const auto& reason : why.reasons) codes.push_back(reason.code);
  const auto waits = [](bool waiting) { return std::string(waiting ? "waiting" : "passed"); };
  Card()
      .add("user", user)
      .add("post", post)
      .add("in_feed", why.in_feed)
      .add("drift", why.drift)
      .add("verdict", why.verdict)
      .add("reasons", codes)
      .add("user_handle", maybe(f.user_handle))
      .add("user_lives", f.user_lives)
      .add("post_lives", f.post_lives)
      .add("posted_at", maybe(f.posted_at))
      .add("author", maybe(f.author))
      .add("author_handle", maybe(f.author_handle))
      .add("author_lives", f.author_lives.value_or(false))
      .add("own", f.own)
      .add("follows", f.follows)
      .add("follows_since", maybe(f.follows_since))
      .add("merged_at_read", f.pull)
      .add("above_floor", f.above_floor)
      .add("has_part", f.has_part)
      .add("rows", std::string(name_of(f.rows)))
      .add("generation", maybe(f.generation))
      .add("seen_at", maybe(f.seen_at))
      .add("row", f.row)
      .add("post_event", waits(f.post_waits))
      .add("follow_event", waits(f.follow_waits))
      .add("open_jobs", f.jobs)
      .add("dead_letters", f.dead_letters)
      .add("rank", why.in_feed && f.newer < Explanation::most_counted ? Cell{f.newer + 1} : Cell{})
      .print(runtime);
}

int run_explain(Runtime& runtime, Id user, Id post) {
  const auto why = feedctl::verify::explain(runtime.database(), user, post);
  if (runtime.common().format() == OutputFormat::table)
    print_for_people(runtime, user, post, why);
  else
    print_for_programs(runtime, user, post, why);
  return why.drift ? exit_no : exit_ok;
}

}  // namespace

Run explain(Spec& spec) {
  struct Flags {
    std::int64_t user = 0, post = 0;
  };
  auto flags = std::make_shared<Flags>();
  spec.about(
      "The verdict, every reason for it, and what it rests on: who follows whom and since when, "
      "whether rows are kept, what still waits. Exit code 3 where the post should have a row that "
      "is missing and that nothing will bring, 1 where there is no such user or post.");
  spec.example("why does ada not see it", "feedctl explain --user 7265 --post 8311");
  spec.example("for a program", "feedctl explain --user 7265 --post 8311 -o json | jq .reasons");
  spec.value("--user", "ID", "whose feed", &flags->user).between(1, largest_id).required();
  spec.value("--post", "ID", "which post", &flags->post).between(1, largest_id).required();
  spec.see_also({"trace", "verify", "rebuild-feed"});
  return [flags](Runtime& runtime) { return run_explain(runtime, flags->user, flags->post); };
}

}  // namespace feedctl::cli
