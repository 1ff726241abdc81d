#include "audit/audit_log.hpp"

#include "sql/audit.hpp"

namespace feedctl::audit {

namespace {

constexpr int prune_batch = 1000;

LoggedEntry entry_from_row(const store::Row& row) {
  LoggedEntry logged;
  logged.id = row.integer(0);
  logged.at = row.time(1);
  logged.actor = {row.maybe_integer(2), std::string(row.text(3)), std::string(row.text(8))};
  logged.entry = {std::string(row.text(4)), std::string(row.text(5)), row.maybe_text(6),
                  row.maybe_text(7)};
  return logged;
}

}  // namespace

std::vector<LoggedEntry> list_entries(store::Database& database, const Filter& filter,
                                      std::int64_t before, int limit) {
  auto params = store::params(before, filter.action, filter.object);
  params.add(filter.max_age ? std::optional<std::int64_t>(filter.max_age->count()) : std::nullopt);
  params.add(limit);
  if (filter.actor) params.add(filter.actor).add(parse_id(*filter.actor));
  const auto found =
      database.read(filter.actor ? sql::audit::list_of_actor : sql::audit::list, params);
  std::vector<LoggedEntry> entries;
  for (const auto row : found) entries.push_back(entry_from_row(row));
  return entries;
}

std::size_t prune_entries(store::Database& database, std::chrono::milliseconds retention,
                          Time now) {
  std::size_t total = 0;
  for (;;) {
    const auto pruned =
        database.execute(sql::audit::prune, store::params(now - retention, prune_batch)).affected();
    total += pruned;
    if (pruned < static_cast<std::size_t>(prune_batch)) return total;
  }
}

}  // namespace feedctl::audit
