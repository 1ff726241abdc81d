#include "follows/rows.hpp"

#include "sql/follows.hpp"

namespace feedctl::follows::rows {

namespace {

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

Outcome changed(commands::Command& command, const commands::Reply& reply) {
  const auto row = reply.row();
  return {row.boolean(1), row.boolean(2), may_have_changed(reply),
          commands::settle(command, row, 4)};
}

bool may_have_changed(const commands::Reply& reply) {
  return !reply.shared && (reply.row().boolean(3) || reply.doubt);
}

Found followers(store::Database& database, Id user, Id before, int limit) {
  return list(database, sql::follows::followers, user, before, limit);
}

Found following(store::Database& database, Id user, Id before, int limit) {
  return list(database, sql::follows::following, user, before, limit);
}

}  // namespace feedctl::follows::rows
