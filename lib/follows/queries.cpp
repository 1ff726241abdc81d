#include "follows/queries.hpp"

#include "sql/follows.hpp"

namespace feedctl::follows::queries {

namespace {

MaybeUsers load_users(store::Database& database, const store::Query& query, Id user, Id before,
                      int limit) {
  const auto rows = database.read(query, store::params(user, before, limit));
  if (rows.empty()) return std::nullopt;
  std::vector<users::User> found;
  for (const auto row : rows) {
    if (!row.is_null(0)) found.push_back(users::from_row(row));
  }
  return found;
}

}  // namespace

ChangeRow read_change_row(commands::Command& command, const commands::Reply& reply) {
  const auto row = reply.row();
  return {row.boolean(1), row.boolean(9), row.boolean(2), may_have_changed(reply),
          commands::read_replay(command, row, 4)};
}

bool may_have_changed(const commands::Reply& reply) {
  return !reply.is_shared_row && (reply.row().boolean(3) || reply.outcome_unknown_since);
}

MaybeUsers followers(store::Database& database, Id user, Id before, int limit) {
  return load_users(database, sql::follows::followers, user, before, limit);
}

MaybeUsers following(store::Database& database, Id user, Id before, int limit) {
  return load_users(database, sql::follows::following, user, before, limit);
}

}  // namespace feedctl::follows::queries
