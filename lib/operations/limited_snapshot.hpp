#pragma once
// A snapshot whose statements end after a time, for tools that may read large tables. Internal to
// lib/operations. Thread-safe.
#include <chrono>
#include <string>

#include "sql/stats.hpp"
#include "store/database.hpp"

namespace feedctl::operations {

inline store::ReadTx limited_snapshot(store::Database& database,
                                      std::chrono::milliseconds statement_timeout) {
  auto tx = database.snapshot();
  tx.query(sql::stats::limit_time, store::params(std::to_string(statement_timeout.count())));
  return tx;
}

}  // namespace feedctl::operations
