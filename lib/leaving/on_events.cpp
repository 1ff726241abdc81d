#include "leaving/leaving.hpp"
#include "sql/leaving.hpp"

namespace feedctl::leaving {

events::Handler on_events(Options options) {
  return [options](events::Unit& unit, std::span<const events::Event> events) {
    std::vector<std::int64_t> users, posts;
    for (const auto& event : events) {
      if (event.type == events::Type::user_deleted) users.push_back(event.object);
      if (event.type == events::Type::post_deleted) posts.push_back(event.object);
    }
    if (!users.empty()) {
      unit.tx().query(sql::leaving::plan_accounts,
                      store::params(users, std::int64_t{options.second_pass.count()}));
    }
    if (!posts.empty()) unit.tx().query(sql::leaving::plan_likes, store::params(posts));
  };
}

}  // namespace feedctl::leaving
