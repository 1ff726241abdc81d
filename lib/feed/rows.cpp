#include "feed/rows.hpp"

#include "feed/activation.hpp"
#include "feed/fan_out.hpp"
#include "sql/feed.hpp"

namespace feedctl::feed {

namespace {

Looked looked_at(const store::Result& found) {
  return {found.only().integer(0), found.only().integer(1)};
}

}  // namespace

void Rows::activate(const Ids& users) {
  feed::activate(unit_.tx(), users);
}

std::vector<TooBig> Rows::spread(const News& news, std::int64_t pull, std::int64_t direct_followers,
                                 int direct_posts) {
  const auto found = unit_.tx().query(
      sql::feed::spread, store::params(news.posts, pull, direct_followers, news.followers,
                                       news.followees, direct_posts));
  std::vector<TooBig> big;
  for (const auto row : found) {
    if (row.null(0))
      big.push_back({{}, 0, row.integer(2), row.integer(3)});
    else
      big.push_back({row.integer(0), row.integer(1)});
  }
  return big;
}

void Rows::add_job(const jobs::NewJob& job) {
  jobs::add(unit_.tx(), job);
}

Looked Rows::fan_out(Id post, Id after, int most) {
  return feed::fan_out(unit_, post, after, most);
}

Looked Rows::backfill(Id follower, Id followee, Id below, int most) {
  return looked_at(
      unit_.tx().query(sql::feed::backfill_chunk, store::params(follower, followee, below, most)));
}

std::optional<Filled> Rows::fill(Id user, std::int64_t generation, int followees, int posts) {
  const auto moved = unit_.tx().query(sql::feed::activate_chunk,
                                      store::params(user, generation, followees, posts));
  if (moved.empty()) return std::nullopt;
  const auto row = moved.only();
  // Without a cursor where nobody is followed.
  return Filled{row.boolean(0), row.maybe_integer(1).value_or(0), row.integer(2)};
}

}  // namespace feedctl::feed
