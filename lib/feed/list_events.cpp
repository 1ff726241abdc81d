#include "feed/list_events.hpp"

#include <algorithm>

#include "sql/feed.hpp"

namespace feedctl::feed {

namespace {

using Ids = std::vector<Id>;

void add(Ids& readers, const store::Result& found) {
  for (const auto row : found) readers.push_back(row.integer(0));
}

void drop_after_commit(events::Unit& unit, Lists& lists, Ids readers) {
  if (readers.empty()) return;
  unit.after_commit([&lists, readers = std::move(readers)] { lists.drop(readers); });
}

std::optional<Id> id_of(const std::optional<std::string>& cursor) {
  return cursor ? parse_id(*cursor) : std::nullopt;
}

Ids readers_of_chunk(events::Unit& unit, const jobs::Job& job, const jobs::Chunk& done) {
  Ids readers;
  add(readers, unit.tx().query(sql::feed::listed_readers_chunk,
                               store::params(job.subject, id_of(job.cursor).value_or(0),
                                             id_of(done.cursor).value_or(INT64_MAX))));
  return readers;
}

}  // namespace

events::Handler drop_lists(Options options, Lists& lists) {
  return [options, &lists](events::Unit& unit, std::span<const events::Event> events) {
    if (!lists.used() || !options.keeps_rows()) return;
    Ids posts, readers;
    for (const auto& event : events) {
      if (event.type == events::Type::post_created && event.actor != 0) {
        posts.push_back(event.object);
      } else if (event.type == events::Type::user_followed ||
                 event.type == events::Type::user_unfollowed) {
        readers.push_back(event.actor);
      }
    }
    const auto most = std::min<std::int64_t>(
        options.direct_followers, static_cast<std::int64_t>(options.settings.fanout_max_followers));
    if (!posts.empty()) {
      add(readers, unit.tx().query(sql::feed::listed_readers, store::params(posts, most)));
    }
    drop_after_commit(unit, lists, std::move(readers));
  };
}

jobs::Kinds dropping_lists(jobs::Kinds kinds, Lists& lists) {
  if (!lists.used()) return kinds;
  if (auto& work = kinds.at("fan_out"); work) {
    work = [work, &lists](events::Unit& unit, const jobs::Job& job) {
      auto chunk = work(unit, job);
      drop_after_commit(unit, lists, readers_of_chunk(unit, job, chunk));
      return chunk;
    };
  }
  if (auto& work = kinds.at("backfill"); work) {
    work = [work, &lists](events::Unit& unit, const jobs::Job& job) {
      auto chunk = work(unit, job);
      drop_after_commit(unit, lists, {job.subject});
      return chunk;
    };
  }
  return kinds;
}

}  // namespace feedctl::feed
