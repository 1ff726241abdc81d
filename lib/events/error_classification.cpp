#include "events/error_classification.hpp"

#include "store/missing_partitions.hpp"
#include "store/sqlstate.hpp"

namespace feedctl::events {

bool is_transient(const std::exception& error) {
  const auto* refused = dynamic_cast<const store::SqlError*>(&error);
  if (refused == nullptr) {
    const auto* ours = dynamic_cast<const Error*>(&error);
    return ours != nullptr && ours->code() == ErrorCode::unavailable;
  }
  if (store::is_partition_missing(*refused)) return true;  // it is created meanwhile
  namespace s = store::sqlstate;
  // query_canceled is missing: a statement that was too slow would be too slow again.
  return s::is_any_of(
      refused->sqlstate(),
      {s::transaction_rollback, s::connection_exception, s::insufficient_resources,
       s::shutdown_prefix, s::lock_not_available, s::read_only_sql_transaction,
       s::insufficient_privilege, s::undefined_table, s::undefined_column, s::undefined_function});
}

std::string describe(const std::exception& error) {
  const auto* ours = dynamic_cast<const Error*>(&error);
  if (ours == nullptr || ours->detail().empty()) return error.what();
  return std::string(error.what()) + ": " + ours->detail();
}

}  // namespace feedctl::events
