#pragma once
// The logic of the fan-out handlers, as templates over MaterializedWriter. The models in
// tests/models run it over tables in memory.
#include <span>
#include <string>

#include "feed_materialized/materialized_writer.hpp"
#include "feed_materialized/options.hpp"
#include "posts/posts.hpp"

namespace feedctl::feed_materialized {

FanOutInput to_fan_out_input(std::span<const events::Event> events, const Options& options);
// An integer of a job's payload, and a job's cursor or `first`. Error(bad_data) if malformed.
std::int64_t payload_int(const jobs::Job& job, std::string_view name);
std::int64_t parse_cursor(const jobs::Job& job, std::int64_t first);
// The last chunk if it holds less than `max_count`.
jobs::Chunk to_chunk(const ChunkProgress& progress, int max_count);

template <typename Writer>
void fan_out_or_add_jobs(Writer& writer, const FanOutInput& input, const Options& options) {
  const auto fan_out_on_read_above =
      static_cast<std::int64_t>(options.settings.fanout_max_followers);
  for (const auto& large : writer.fan_out_batch(
           input, fan_out_on_read_above, options.fan_out_job_above, options.backfill_job_above)) {
    jobs::NewJob job;
    if (large.post) {
      job.kind = "fan_out";
      job.priority = jobs::Priority::bulk;
      job.subject = *large.post;
      job.total = large.total;
    } else {
      job.kind = "backfill";
      job.subject = large.follower;
      job.payload = "{\"author\": " + std::to_string(large.followee) + "}";
    }
    writer.add_job(job);
  }
}

template <typename Writer>
void handle_events(Writer& writer, std::span<const events::Event> events, const Options& options) {
  if (!options.is_enabled()) return;
  const auto input = to_fan_out_input(events, options);
  // Users first: the fan-out and the backfill below then include them.
  if (!input.users.empty()) writer.activate_users(input.users);
  if (!input.posts.empty() || !input.followers.empty()) fan_out_or_add_jobs(writer, input, options);
}

template <typename Writer>
jobs::Chunk run_fan_out_job(Writer& writer, const jobs::Job& job, const Options& options) {
  const int max_count = options.followers_per_chunk;
  return to_chunk(writer.fan_out_chunk(job.subject, parse_cursor(job, 0), max_count), max_count);
}

template <typename Writer>
jobs::Chunk run_backfill_job(Writer& writer, const jobs::Job& job, const Options& options) {
  const int max_count = options.posts_per_chunk;
  return to_chunk(writer.backfill_chunk(job.subject, payload_int(job, "author"),
                                        parse_cursor(job, posts::max_id), max_count),
                  max_count);
}

// feed_state holds the position, guarded by the generation. The job's cursor only shows progress.
template <typename Writer>
jobs::Chunk run_activation_job(Writer& writer, const jobs::Job& job, const Options& options) {
  const auto progress = writer.activate_chunk(job.subject, payload_int(job, "generation"),
                                              options.followees_per_chunk, options.posts_per_chunk);
  if (!progress) return {};
  jobs::Chunk chunk;
  chunk.rows = progress->rows;
  if (!progress->done) chunk.cursor = std::to_string(progress->cursor);
  return chunk;
}

// Dispatches by the kind of the job.
template <typename Writer>
jobs::Chunk run_job(Writer& writer, const jobs::Job& job, const Options& options) {
  if (!options.is_enabled()) return {};
  if (job.kind == "fan_out") return run_fan_out_job(writer, job, options);
  if (job.kind == "backfill") return run_backfill_job(writer, job, options);
  return run_activation_job(writer, job, options);
}

}  // namespace feedctl::feed_materialized
