#include "follows/rows.hpp"

#include "sql/follows.hpp"

namespace feedctl::follows::rows {

namespace {

Outcome change(store::Database& database, const store::Query& query, Id follower, Id followee,
               commands::Command& command) {
  auto params = store::params(follower, followee);
  commands::add_key(params, command);
  const auto rows = commands::with_key(command, [&] { return database.command(query, params); });
  const auto row = rows.only();
  return {row.boolean(0), row.boolean(1), row.boolean(2), commands::settle(command, row, 3)};
}

Found list(store::Database& database, const store::Query& query, Id user, Id before, int limit) {
  const auto rows = database.read(query, store::params(user, before, limit));
  if (rows.empty()) return std::nullopt;
  std::vector<users::User> found;
  for (const auto row : rows) {
    if (!row.null(0)) found.push_back(users::from_row(row));
  }
  return found;
}

}  // namespace

Outcome follow(store::Database& database, Id follower, Id followee, commands::Command& command) {
  return change(database, sql::follows::follow, follower, followee, command);
}

Outcome unfollow(store::Database& database, Id follower, Id followee, commands::Command& command) {
  return change(database, sql::follows::unfollow, follower, followee, command);
}

Found followers(store::Database& database, Id user, Id before, int limit) {
  return list(database, sql::follows::followers, user, before, limit);
}

Found following(store::Database& database, Id user, Id before, int limit) {
  return list(database, sql::follows::following, user, before, limit);
}

}  // namespace feedctl::follows::rows
