#include "follows/rows.hpp"

#include "sql/follows.hpp"

namespace feedctl::follows::rows {

namespace {

Outcome change(store::Database& database, const store::Query& query, Id follower, Id followee) {
  const auto rows = database.command(query, store::params(follower, followee));
  const auto row = rows.only();
  return {row.boolean(0), row.boolean(1), row.boolean(2)};
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

Outcome follow(store::Database& database, Id follower, Id followee) {
  return change(database, sql::follows::follow, follower, followee);
}

Outcome unfollow(store::Database& database, Id follower, Id followee) {
  return change(database, sql::follows::unfollow, follower, followee);
}

Found followers(store::Database& database, Id user, Id before, int limit) {
  return list(database, sql::follows::followers, user, before, limit);
}

Found following(store::Database& database, Id user, Id before, int limit) {
  return list(database, sql::follows::following, user, before, limit);
}

}  // namespace feedctl::follows::rows
