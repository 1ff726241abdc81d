#include "hot/rows.hpp"

#include "base/log.hpp"
#include "sql/hot.hpp"

namespace feedctl::hot::rows {

bool aggregate(store::Database& database) {
  auto tx = database.write();
  try {
    tx.query(sql::hot::begin);
  } catch (const store::SqlError& error) {
    if (error.sqlstate() == "55P03") return false;
    throw;
  }
  const bool anew = tx.query(sql::hot::far_behind).only().boolean(0);
  if (anew) log::info("counting the hot feed's scores anew, as it is far behind the log");
  if (tx.query(anew ? sql::hot::recompute : sql::hot::aggregate).empty()) return false;
  tx.commit();
  return true;
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
