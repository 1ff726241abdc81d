#include "media/media_events.hpp"

#include "sql/media.hpp"

namespace feedctl::media {

events::Handler removal_handler() {
  return [](events::UnitOfWork& unit, std::span<const events::Event> events) {
    std::vector<std::int64_t> posts, users;
    for (const auto& event : events) {
      if (event.type == events::Type::post_deleted) posts.push_back(event.object);
      if (event.type == events::Type::user_deleted) users.push_back(event.object);
    }
    if (posts.empty() && users.empty()) return;
    unit.tx().query(sql::media::remove_of_subjects, store::params(posts, users));
  };
}

}  // namespace feedctl::media
