#include "feed_materialized/first_page_invalidation.hpp"

#include <algorithm>

#include "sql/feed.hpp"

namespace feedctl::feed_materialized {

namespace {

using Ids = std::vector<Id>;

void append_readers(Ids& readers, const store::Result& found) {
  for (const auto row : found) readers.push_back(row.integer(0));
}

void invalidate_after_commit(events::UnitOfWork& unit, FirstPageCache& cache, Ids readers) {
  if (readers.empty()) return;
  unit.after_commit([&cache, readers = std::move(readers)] { cache.invalidate(readers); });
}

std::optional<Id> parse_cursor_id(const std::optional<std::string>& cursor) {
  return cursor ? parse_id(*cursor) : std::nullopt;
}

Ids readers_of_chunk(events::UnitOfWork& unit, const jobs::Job& job, const jobs::Chunk& done) {
  Ids readers;
  append_readers(readers,
                 unit.tx().query(sql::feed::listed_readers_chunk,
                                 store::params(job.subject, parse_cursor_id(job.cursor).value_or(0),
                                               parse_cursor_id(done.cursor).value_or(INT64_MAX))));
  return readers;
}

}  // namespace

events::Handler first_page_invalidation_handler(Options options, FirstPageCache& cache) {
  return [options, &cache](events::UnitOfWork& unit, std::span<const events::Event> events) {
    if (!cache.is_enabled() || !options.is_enabled()) return;
    Ids posts, readers;
    for (const auto& event : events) {
      if (event.type == events::Type::post_created && event.actor != 0) {
        posts.push_back(event.object);
      } else if (event.type == events::Type::user_followed ||
                 event.type == events::Type::user_unfollowed) {
        readers.push_back(event.actor);
      }
    }
    const auto max_followers =
        std::min<std::int64_t>(options.fan_out_job_above,
                               static_cast<std::int64_t>(options.settings.fanout_max_followers));
    if (!posts.empty()) {
      append_readers(
          readers, unit.tx().query(sql::feed::listed_readers, store::params(posts, max_followers)));
    }
    invalidate_after_commit(unit, cache, std::move(readers));
  };
}

jobs::HandlerRegistry with_first_page_invalidation(jobs::HandlerRegistry handlers,
                                                   FirstPageCache& cache) {
  if (!cache.is_enabled()) return handlers;
  if (auto& handler = handlers.at("fan_out"); handler) {
    handler = [handler, &cache](events::UnitOfWork& unit, const jobs::Job& job) {
      auto chunk = handler(unit, job);
      invalidate_after_commit(unit, cache, readers_of_chunk(unit, job, chunk));
      return chunk;
    };
  }
  if (auto& handler = handlers.at("backfill"); handler) {
    handler = [handler, &cache](events::UnitOfWork& unit, const jobs::Job& job) {
      auto chunk = handler(unit, job);
      invalidate_after_commit(unit, cache, {job.subject});
      return chunk;
    };
  }
  return handlers;
}

}  // namespace feedctl::feed_materialized
