// feedctl trace: shows how far a post's fan-out has come.
#include "operations/trace.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/cli/output.hpp"
#include "feedctl/cli/spec.hpp"
#include "feedctl/runtime.hpp"

namespace feedctl::cli {

namespace {

std::string describe_job(const operations::FanOutTrace::Job& job) {
  auto text = (job.is_dead ? "dead letter " : "job ") + std::to_string(job.id) + " (" + job.kind +
              "): " + std::to_string(job.done);
  text += job.total ? " of " + std::to_string(*job.total) + " done, " +
                          std::to_string(std::max<std::int64_t>(*job.total - job.done, 0)) + " left"
                    : " done";
  if (job.chunks > 0) text += "; chunks: " + std::to_string(job.chunks) + " done";
  if (const auto left = job.chunks_left(); left && job.chunks > 0)
    text += ", " + std::to_string(*left) + " left";
  if (job.cursor) text += ", after id " + *job.cursor;
  if (job.attempts > 0) text += ", attempts " + std::to_string(job.attempts);
  if (job.error) text += ": " + *job.error;
  return text;
}

Cell milliseconds(const std::optional<std::chrono::microseconds>& time) {
  return time ? Cell{std::round(static_cast<double>(time->count()) / 10) / 100} : Cell{};
}

void add_lag(Record& card, const operations::FanOutLag& lag) {
  card.add("lag_p50_ms", milliseconds(lag.p50))
      .add("lag_p99_ms", milliseconds(lag.p99))
      .add("lag_max_ms", milliseconds(lag.max))
      .add("rows_measured", lag.rows)
      .add("transactions", lag.transactions)
      .add("rows_backfilled", lag.backfilled)
      .add("lag_missing", lag.missing_reason().empty() ? Cell{} : Cell{lag.missing_reason()});
}

int run_trace(Runtime& runtime, Id post) {
  const auto found = operations::trace_fan_out(runtime.database(), post);
  if (!found) {
    throw Error(ErrorCode::not_found, "there is no post " + std::to_string(post))
        .with_hint("ids are those of GET /v1/posts/{id}");
  }
  std::vector<std::string> jobs, dead;
  for (const auto& job : found->jobs) (job.is_dead ? dead : jobs).push_back(describe_job(job));
  Record card;
  card.add("post", post)
      .add("created_at", found->created_at)
      .add("living", found->is_post_alive)
      .add("author", found->author ? Cell{*found->author} : Cell{})
      .add("event", std::string(found->is_event_pending ? "waiting" : "passed"))
      .add("merged_at_read", found->fan_out_on_read)
      .add("above_floor", found->is_above_feed_floor)
      .add("followers", found->followers)
      .add("active_followers", found->active_followers)
      .add("rows", found->rows)
      .add("jobs", jobs)
      .add("dead_letters", dead);
  add_lag(card, found->lag);
  card.add("verdict", found->verdict());
  card.print(runtime);
  return exit_ok;
}

}  // namespace

CommandFn trace(Spec& spec) {
  auto post = std::make_shared<std::int64_t>(0);
  spec.about(
      "Prints whether workers have handled the post's event, how many followers' rows it has "
      "reached, what its jobs have done and have left, and which were given up. The lag is "
      "measured for each row: from the commit of the post (or of the reader's follow, if that came "
      "later) to the commit of the batch or chunk that wrote the row. For this PostgreSQL must "
      "keep commit times (track_commit_timestamp).");
  spec.example("has it reached everybody", "feedctl trace --post 8311");
  spec.value("--post", "ID", "which post", post.get()).between(1, 9007199254740991.0).required();
  spec.see_also({"explain", "verify"});
  return [post](Runtime& runtime) { return run_trace(runtime, *post); };
}

}  // namespace feedctl::cli
