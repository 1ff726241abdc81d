#include "feed/on_events.hpp"

#include "feed/activation.hpp"
#include "sql/feed.hpp"

namespace feedctl::feed {

namespace {

using Ids = std::vector<std::int64_t>;

struct News {
  Ids posts, followers, followees, users;
};

News sort(std::span<const events::Event> events, const Options& options) {
  News news;
  for (const auto& event : events) {
    if (event.type == events::Type::post_created && event.actor != 0) {
      news.posts.push_back(event.object);
    } else if (event.type == events::Type::user_followed) {
      news.followers.push_back(event.actor);
      news.followees.push_back(event.object);
    } else if (event.type == events::Type::user_created && options.keeps_all()) {
      news.users.push_back(event.object);
    }
  }
  return news;
}

void spread(store::WriteTx& tx, const News& news, const Options& options) {
  const auto pull = static_cast<std::int64_t>(options.settings.fanout_max_followers);
  const auto big = tx.query(
      sql::feed::spread, store::params(news.posts, pull, options.direct_followers, news.followers,
                                       news.followees, options.direct_posts));
  for (const auto row : big) {
    if (row.null(0)) {
      jobs::add(tx, {.kind = "backfill",
                     .lane = jobs::Lane::interactive,
                     .subject = row.integer(2),
                     .payload = "{\"author\": " + std::to_string(row.integer(3)) + "}"});
    } else {
      jobs::add(tx, {.kind = "fan_out",
                     .lane = jobs::Lane::bulk,
                     .subject = row.integer(0),
                     .total = row.integer(1)});
    }
  }
}

}  // namespace

events::Handler on_events(Options options) {
  return [options](events::Unit& unit, std::span<const events::Event> events) {
    if (!options.keeps_rows()) return;
    const auto news = sort(events, options);
    // Users first: what is fanned out and backfilled below then finds them filling.
    if (!news.users.empty()) activate(unit.tx(), news.users);
    if (!news.posts.empty() || !news.followers.empty()) spread(unit.tx(), news, options);
  };
}

}  // namespace feedctl::feed
