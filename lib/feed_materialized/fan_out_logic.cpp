#include "feed_materialized/fan_out_logic.hpp"

#include "base/error.hpp"
#include "base/json.hpp"

namespace feedctl::feed_materialized {

FanOutInput to_fan_out_input(std::span<const events::Event> events, const Options& options) {
  FanOutInput input;
  for (const auto& event : events) {
    if (event.type == events::Type::post_created && event.actor != 0) {
      input.posts.push_back(event.object);
    } else if (event.type == events::Type::user_followed) {
      input.followers.push_back(event.actor);
      input.followees.push_back(event.object);
    } else if (event.type == events::Type::user_created && options.is_for_all_users()) {
      input.users.push_back(event.object);
    }
  }
  return input;
}

std::int64_t payload_int(const jobs::Job& job, std::string_view name) {
  const auto payload = json::parse(job.payload);
  const auto* value = payload.find(name);
  if (value == nullptr || value->integer() == nullptr) {
    throw Error(ErrorCode::bad_data, "a job '" + job.kind + "' needs " + std::string(name));
  }
  return *value->integer();
}

std::int64_t parse_cursor(const jobs::Job& job, std::int64_t first) {
  if (!job.cursor) return first;
  const auto cursor = parse_id(*job.cursor);
  if (!cursor) throw Error(ErrorCode::bad_data, "a job's cursor must be an id");
  return *cursor;
}

jobs::Chunk to_chunk(const ChunkProgress& progress, int max_count) {
  jobs::Chunk chunk;
  chunk.rows = progress.count;
  if (progress.count == max_count) chunk.cursor = std::to_string(progress.last);
  return chunk;
}

}  // namespace feedctl::feed_materialized
