#pragma once
// The writes that keep user_feed complete, in the caller's unit of work.
//
// The handlers are templates over this class (fan_out_logic.hpp), so that tests run them through
// every interleaving over tables in memory. Errors as of store::WriteTx. Not thread-safe.
#include <optional>
#include <vector>

#include "events/unit_of_work.hpp"
#include "jobs/jobs.hpp"

namespace feedctl::feed_materialized {

using Ids = std::vector<std::int64_t>;

// New posts, new users, and new follows: followers[i] follows followees[i].
struct FanOutInput {
  Ids posts, followers, followees, users;
};

// A post with `total` followers, or a new follow, with too many rows for the transaction of its
// event: a job adds them.
struct LargeFanOut {
  std::optional<Id> post;
  std::int64_t total = 0;
  Id follower = 0, followee = 0;
};

// How many rows of a list in the order of ids a chunk has visited, and the last id.
struct ChunkProgress {
  std::int64_t count = 0;
  Id last = 0;
};

struct ActivationProgress {
  bool done = false;
  Id cursor = 0;
  std::int64_t rows = 0;
};

class MaterializedWriter {
 public:
  explicit MaterializedWriter(events::UnitOfWork& unit) : unit_(unit) {}

  // Starts an activation, as a job, for each of the living users without rows or with a failed job.
  void activate_users(const Ids& users);
  // Adds the rows of the posts and follows. Returns the work left for jobs: posts of authors with
  // more than `fan_out_job_above` followers, and follows of authors with more than
  // `backfill_job_above` posts. Authors with more than `fan_out_on_read_above` followers change to
  // fan-out on read for good.
  std::vector<LargeFanOut> fan_out_batch(const FanOutInput& input,
                                         std::int64_t fan_out_on_read_above,
                                         std::int64_t fan_out_job_above, int backfill_job_above);
  void add_job(const jobs::NewJob& job);
  // Adds the rows of the post for at most `max_followers` followers above `after`.
  ChunkProgress fan_out_chunk(Id post, Id after, int max_followers);
  // Adds the rows of at most `max_posts` posts below `below` for the follower.
  ChunkProgress backfill_chunk(Id follower, Id followee, Id below, int max_posts);
  // Adds the rows of the next posts, at most `max_posts` of at most `max_followees`. nullopt: this
  // generation is no longer filling.
  std::optional<ActivationProgress> activate_chunk(Id user, std::int64_t generation,
                                                   int max_followees, int max_posts);

 private:
  events::UnitOfWork& unit_;
};

}  // namespace feedctl::feed_materialized
