#include "feed/on_events.hpp"

#include "feed/handlers.hpp"

namespace feedctl::feed {

News news_of(std::span<const events::Event> events, const Options& options) {
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

events::Handler on_events(Options options) {
  return [options](events::Unit& unit, std::span<const events::Event> events) {
    Rows rows(unit);
    handle(rows, events, options);
  };
}

}  // namespace feedctl::feed
