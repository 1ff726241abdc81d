#pragma once
// The SQL of the hot feed. Errors are those of the store.
#include <chrono>

#include "hot/snapshot.hpp"
#include "store/database.hpp"

namespace feedctl::hot::rows {

// Of the aggregator, where nobody waits for it.
inline constexpr std::chrono::milliseconds longest_statement{30'000};

// Brings the scores up to now, in one transaction (RELIABILITY 2c). False where that was not
// possible, so that the scores are behind: another process was at it for as long as this one may
// wait, the server is read-only, or a statement took longer than `longest`.
bool aggregate(store::Database& database, std::chrono::milliseconds longest = longest_statement);

// The best `size` posts (at most 1000) by the scores as they are, in one statement.
Snapshot ranking(store::Database& database, int size);

// Has anything been committed since `position` that may change the ranking?
bool news(store::Database& database, const std::string& position);

}  // namespace feedctl::hot::rows
