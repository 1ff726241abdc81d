#pragma once
// What workers do about events and jobs of the feed, over feed::Rows or what stands for it.
#include <span>
#include <string>

#include "feed/options.hpp"
#include "feed/rows.hpp"
#include "posts/posts.hpp"

namespace feedctl::feed {

News news_of(std::span<const events::Event> events, const Options& options);
// Of a job's payload and cursor. Error(bad_data) where they are not what they should be.
std::int64_t member(const jobs::Job& job, std::string_view name);
std::int64_t cursor_of(const jobs::Job& job, std::int64_t first);
// Finished where there was less than asked for.
jobs::Chunk chunk_of(const Looked& looked, int most);

template <typename Rows>
void spread(Rows& rows, const News& news, const Options& options) {
  const auto pull = static_cast<std::int64_t>(options.settings.fanout_max_followers);
  for (const auto& big : rows.spread(news, pull, options.direct_followers, options.direct_posts)) {
    jobs::NewJob job;
    if (big.post) {
      job.kind = "fan_out";
      job.lane = jobs::Lane::bulk;
      job.subject = *big.post;
      job.total = big.total;
    } else {
      job.kind = "backfill";
      job.subject = big.follower;
      job.payload = "{\"author\": " + std::to_string(big.followee) + "}";
    }
    rows.add_job(job);
  }
}

template <typename Rows>
void handle(Rows& rows, std::span<const events::Event> events, const Options& options) {
  if (!options.keeps_rows()) return;
  const auto news = news_of(events, options);
  // Users first: what is fanned out and backfilled below then finds them filling.
  if (!news.users.empty()) rows.activate(news.users);
  if (!news.posts.empty() || !news.followers.empty()) spread(rows, news, options);
}

template <typename Rows>
jobs::Chunk fan_out_chunk(Rows& rows, const jobs::Job& job, const Options& options) {
  const int most = options.followers_a_chunk;
  return chunk_of(rows.fan_out(job.subject, cursor_of(job, 0), most), most);
}

template <typename Rows>
jobs::Chunk backfill_chunk(Rows& rows, const jobs::Job& job, const Options& options) {
  const int most = options.posts_a_chunk;
  return chunk_of(
      rows.backfill(job.subject, member(job, "author"), cursor_of(job, posts::newest), most), most);
}

// Its place stands in feed_state, which the generation guards; the job's shows how far it is.
template <typename Rows>
jobs::Chunk activate_chunk(Rows& rows, const jobs::Job& job, const Options& options) {
  const auto filled = rows.fill(job.subject, member(job, "generation"), options.followees_a_chunk,
                                options.posts_a_chunk);
  if (!filled) return {};
  jobs::Chunk chunk;
  chunk.rows = filled->rows;
  if (!filled->done) chunk.cursor = std::to_string(filled->cursor);
  return chunk;
}

// Of one of the kinds above, by its name.
template <typename Rows>
jobs::Chunk work(Rows& rows, const jobs::Job& job, const Options& options) {
  if (!options.keeps_rows()) return {};
  if (job.kind == "fan_out") return fan_out_chunk(rows, job, options);
  if (job.kind == "backfill") return backfill_chunk(rows, job, options);
  return activate_chunk(rows, job, options);
}

}  // namespace feedctl::feed
