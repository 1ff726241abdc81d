#include "hot/rows.hpp"

#include "base/log.hpp"
#include "sql/hot.hpp"

namespace feedctl::hot::rows {
namespace {

constexpr std::chrono::seconds longest_statement{30};

// Another one is at it, the server is read-only, or it took too long.
bool may_fail(const store::SqlError& error) {
  const auto& state = error.sqlstate();
  return state == "55P03" || state == "25006" || state == "57014";
}

bool bring_up_to_now(store::Database& database) {
  auto tx = database.write(longest_statement);
  tx.query(sql::hot::begin);
  const bool anew = tx.query(sql::hot::far_behind).only().boolean(0);
  if (anew) log::info("counting the hot feed's scores anew, as it is far behind the log");
  if (tx.query(anew ? sql::hot::recompute : sql::hot::aggregate).empty()) return false;
  tx.commit();
  return true;
}

}  // namespace

bool aggregate(store::Database& database) {
  try {
    return bring_up_to_now(database);
  } catch (const store::SqlError& error) {
    if (!may_fail(error)) throw;
    log::debug("the hot feed's scores stay as they are", {{"detail", error.what()}});
    return false;
  }
}

Snapshot ranking(store::Database& database, int size) {
  const auto rows = database.read(sql::hot::ranking, store::params(size));
  Snapshot snapshot;
  snapshot.as_of = rows.only().time(0);
  snapshot.position = std::string(rows.only().text(1));
  snapshot.posts.reserve(rows.size());
  for (const auto row : rows) {
    if (!row.null(2)) snapshot.posts.push_back({row.integer(2), row.integer(3)});
  }
  return snapshot;
}

bool news(store::Database& database, const std::string& position) {
  return database.read(sql::hot::news, store::params(position)).only().boolean(0);
}

}  // namespace feedctl::hot::rows

namespace feedctl::hot {

void recompute_scores(store::Database& database) {
  auto tx = database.write(rows::longest_statement);
  tx.query(sql::hot::begin);
  tx.query(sql::hot::recompute);
  tx.commit();
}

}  // namespace feedctl::hot
