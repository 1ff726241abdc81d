#include "feed_materialized/materialized_writer.hpp"

#include "feed_materialized/fan_out.hpp"
#include "feed_materialized/materialization_state.hpp"
#include "sql/feed.hpp"

namespace feedctl::feed_materialized {

namespace {

ChunkProgress to_chunk_progress(const store::Result& found) {
  return {found.single_row().integer(0), found.single_row().integer(1)};
}

}  // namespace

void MaterializedWriter::activate_users(const Ids& users) {
  feed_materialized::activate_users(unit_.tx(), users);
}

std::vector<LargeFanOut> MaterializedWriter::fan_out_batch(const FanOutInput& input,
                                                           std::int64_t fan_out_on_read_above,
                                                           std::int64_t fan_out_job_above,
                                                           int backfill_job_above) {
  const auto found = unit_.tx().query(
      sql::feed::spread, store::params(input.posts, fan_out_on_read_above, fan_out_job_above,
                                       input.followers, input.followees, backfill_job_above));
  std::vector<LargeFanOut> large;
  for (const auto row : found) {
    if (row.is_null(0))
      large.push_back({{}, 0, row.integer(2), row.integer(3)});
    else
      large.push_back({row.integer(0), row.integer(1)});
  }
  return large;
}

void MaterializedWriter::add_job(const jobs::NewJob& job) {
  jobs::add(unit_.tx(), job);
}

ChunkProgress MaterializedWriter::fan_out_chunk(Id post, Id after, int max_followers) {
  return feed_materialized::fan_out_post(unit_, post, after, max_followers);
}

ChunkProgress MaterializedWriter::backfill_chunk(Id follower, Id followee, Id below,
                                                 int max_posts) {
  return to_chunk_progress(unit_.tx().query(sql::feed::backfill_chunk,
                                            store::params(follower, followee, below, max_posts)));
}

std::optional<ActivationProgress> MaterializedWriter::activate_chunk(Id user,
                                                                     std::int64_t generation,
                                                                     int max_followees,
                                                                     int max_posts) {
  const auto rows = unit_.tx().query(sql::feed::activate_chunk,
                                     store::params(user, generation, max_followees, max_posts));
  if (rows.empty()) return std::nullopt;
  const auto row = rows.single_row();
  // The cursor is null for a user without followees.
  return ActivationProgress{row.boolean(0), row.maybe_integer(1).value_or(0), row.integer(2)};
}

}  // namespace feedctl::feed_materialized
