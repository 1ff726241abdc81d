#include "hot/rows.hpp"

#include <algorithm>
#include <charconv>

#include "base/error.hpp"
#include "base/log.hpp"
#include "sql/hot.hpp"

namespace feedctl::hot::rows {
namespace {

// Of an array as PostgreSQL writes it: {1,2,3}.
std::vector<std::int64_t> numbers_in(std::string_view array) {
  std::vector<std::int64_t> numbers;
  const auto* at = array.data() + 1;
  const auto* const end = array.data() + array.size() - 1;
  while (at < end) {
    const auto [stop, error] = std::from_chars(at, end, numbers.emplace_back());
    if (error != std::errc{}) throw Error(ErrorCode::internal, "an array of numbers is none");
    at = stop + 1;
  }
  return numbers;
}

// Another one is at it, the server is read-only, or it took too long.
bool may_fail(const store::SqlError& error) {
  const auto& state = error.sqlstate();
  return state == "55P03" || state == "25006" || state == "57014";
}

bool bring_up_to_now(store::Database& database, std::chrono::milliseconds longest) {
  auto tx = database.write(longest);
  tx.query(sql::hot::begin);
  const bool anew = tx.query(sql::hot::far_behind).only().boolean(0);
  if (anew)
    log::info(
        "counting the hot feed's scores anew: it is far behind the log, or a clock was ahead");
  if (tx.query(anew ? sql::hot::recompute : sql::hot::aggregate).empty()) return false;
  tx.commit();
  return true;
}

}  // namespace

bool aggregate(store::Database& database, std::chrono::milliseconds longest) {
  try {
    return bring_up_to_now(database, longest);
  } catch (const store::SqlError& error) {
    if (!may_fail(error)) throw;
    log::debug("the hot feed's scores stay as they are", {{"detail", error.what()}});
    return false;
  }
}

Snapshot ranking(store::Database& database, int size) {
  const auto rows = database.read(sql::hot::ranking);
  const auto row = rows.only();
  Snapshot snapshot;
  snapshot.as_of = row.time(0);
  snapshot.position = std::string(row.text(1));
  const auto ids = numbers_in(row.text(2)), scores = numbers_in(row.text(3));
  const auto count = std::min(ids.size(), static_cast<std::size_t>(size));
  snapshot.posts.reserve(count);
  for (std::size_t i = 0; i < count; ++i) snapshot.posts.push_back({ids[i], scores.at(i)});
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
