#include "base/error.hpp"
#include "base/json.hpp"
#include "feed/on_events.hpp"
#include "posts/posts.hpp"
#include "sql/feed.hpp"

namespace feedctl::feed {

namespace {

std::int64_t member(const jobs::Job& job, std::string_view name) {
  const auto payload = json::parse(job.payload);
  const auto* value = payload.find(name);
  if (value == nullptr || value->integer() == nullptr) {
    throw Error(ErrorCode::bad_data, "a job '" + job.kind + "' needs " + std::string(name));
  }
  return *value->integer();
}

std::int64_t cursor_of(const jobs::Job& job, std::int64_t first) {
  if (!job.cursor) return first;
  const auto cursor = parse_id(*job.cursor);
  if (!cursor) throw Error(ErrorCode::bad_data, "a job's cursor must be an id");
  return *cursor;
}

// A chunk of a list by id: finished where there was less than asked for.
jobs::Chunk chunk_of(const store::Result& found, int most) {
  const auto row = found.only();
  jobs::Chunk chunk;
  chunk.rows = row.integer(0);
  if (chunk.rows == most) chunk.cursor = std::to_string(row.integer(1));
  return chunk;
}

jobs::Chunk fan_out(events::Unit& unit, const jobs::Job& job, const Options& options) {
  const int most = options.followers_a_chunk;
  return chunk_of(unit.tx().query(sql::feed::fan_out_chunk,
                                  store::params(job.subject, cursor_of(job, 0), most)),
                  most);
}

jobs::Chunk backfill(events::Unit& unit, const jobs::Job& job, const Options& options) {
  const int most = options.posts_a_chunk;
  return chunk_of(unit.tx().query(sql::feed::backfill_chunk,
                                  store::params(job.subject, member(job, "author"),
                                                cursor_of(job, posts::newest), most)),
                  most);
}

// Its place is feed_state.cursor, which the generation guards; the job's shows how far it is.
jobs::Chunk activate(events::Unit& unit, const jobs::Job& job, const Options& options) {
  const auto moved = unit.tx().query(
      sql::feed::activate_chunk, store::params(job.subject, member(job, "generation"),
                                               options.followees_a_chunk, options.posts_a_chunk));
  if (moved.empty()) return {};
  const auto row = moved.only();
  jobs::Chunk chunk;
  chunk.rows = row.integer(2);
  if (!row.boolean(0)) chunk.cursor = std::to_string(row.integer(1));
  return chunk;
}

}  // namespace

jobs::Kinds job_kinds(Options options) {
  const auto bind = [options](auto work) {
    return [options, work](events::Unit& unit, const jobs::Job& job) -> jobs::Chunk {
      if (!options.keeps_rows()) return {};
      return work(unit, job, options);
    };
  };
  return {{"fan_out", bind(fan_out)}, {"backfill", bind(backfill)}, {"activate", bind(activate)}};
}

}  // namespace feedctl::feed
