// feedctl trace: what became of a post's fan-out.
#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "feedctl/frame/exit_codes.hpp"
#include "feedctl/frame/output.hpp"
#include "feedctl/frame/spec.hpp"
#include "feedctl/runtime.hpp"
#include "verify/explain.hpp"

namespace feedctl::cli {

namespace {

std::string words_of(const feedctl::verify::Trace::Job& job) {
  auto words = (job.dead ? "dead letter " : "job ") + std::to_string(job.id) + " (" + job.kind +
               "): " + std::to_string(job.done);
  words += job.total
               ? " of " + std::to_string(*job.total) + " done, " +
                     std::to_string(std::max<std::int64_t>(*job.total - job.done, 0)) + " left"
               : " done";
  if (job.chunks > 0) words += "; chunks: " + std::to_string(job.chunks) + " done";
  if (const auto left = job.chunks_left(); left && job.chunks > 0)
    words += ", " + std::to_string(*left) + " left";
  if (job.cursor) words += ", behind " + *job.cursor;
  if (job.attempts > 0) words += ", attempts " + std::to_string(job.attempts);
  if (job.error) words += ": " + *job.error;
  return words;
}

Cell milliseconds(const std::optional<std::chrono::microseconds>& time) {
  return time ? Cell{std::round(static_cast<double>(time->count()) / 10) / 100} : Cell{};
}

void add_lag(Card& card, const feedctl::verify::Lag& lag) {
  card.add("lag_p50_ms", milliseconds(lag.p50))
      .add("lag_p99_ms", milliseconds(lag.p99))
      .add("lag_max_ms", milliseconds(lag.longest))
      .add("rows_measured", lag.rows)
      .add("transactions", lag.transactions)
      .add("rows_backfilled", lag.backfilled)
      .add("lag_missing", lag.missing().empty() ? Cell{} : Cell{lag.missing()});
}

int run_trace(Runtime& runtime, Id post) {
  const auto found = feedctl::verify::trace(runtime.database(), post);
  if (!found) {
    throw Error(ErrorCode::not_found, "there is no post " + std::to_string(post))
        .with_hint("ids are those of GET /v1/posts/{id}");
  }
  std::vector<std::string> jobs, dead;
  for (const auto& job : found->jobs) (job.dead ? dead : jobs).push_back(words_of(job));
  Card card;
  card.add("post", post)
      .add("created_at", found->created_at)
      .add("living", found->living)
      .add("author", found->author ? Cell{*found->author} : Cell{})
      .add("event", std::string(found->waiting ? "waiting" : "passed"))
      .add("merged_at_read", found->pull)
      .add("above_floor", found->above_floor)
      .add("followers", found->followers)
      .add("active_followers", found->active)
      .add("rows", found->rows)
      .add("jobs", jobs)
      .add("dead_letters", dead);
  add_lag(card, found->lag);
  card.add("verdict", found->verdict());
  card.print(runtime);
  return exit_ok;
}

}  // namespace

Run trace(Spec& spec) {
  auto post = std::make_shared<std::int64_t>(0);
  spec.about(
      "Whether its event was passed, how many followers' rows it has reached, what its jobs have "
      "done and have left, and what was given up. Its lag is measured row by row, from the commit "
      "of the post (or of the reader's follow, if that came later) to the commit of the batch or "
      "chunk that wrote the row; PostgreSQL must keep the times of commits for it "
      "(track_commit_timestamp).");
  spec.example("has it reached everybody", "feedctl trace --post 8311");
  spec.value("--post", "ID", "which post", post.get()).between(1, 9007199254740991.0).required();
  spec.see_also({"explain", "verify"});
  return [post](Runtime& runtime) { return run_trace(runtime, *post); };
}

}  // namespace feedctl::cli
