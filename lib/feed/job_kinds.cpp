#include "base/error.hpp"
#include "base/json.hpp"
#include "feed/handlers.hpp"
#include "feed/on_events.hpp"

namespace feedctl::feed {

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

jobs::Chunk chunk_of(const Looked& looked, int most) {
  jobs::Chunk chunk;
  chunk.rows = looked.count;
  if (looked.count == most) chunk.cursor = std::to_string(looked.last);
  return chunk;
}

jobs::Kinds job_kinds(Options options) {
  const jobs::Work work = [options](events::Unit& unit, const jobs::Job& job) {
    Rows rows(unit);
    return feed::work(rows, job, options);
  };
  return {{"fan_out", work}, {"backfill", work}, {"activate", work}};
}

}  // namespace feedctl::feed
