#pragma once
// The SQLSTATEs that the program acts on, by PostgreSQL's names (PostgreSQL manual, appendix A),
// the classes they belong to, and prefixes of states within a class.
#include <initializer_list>
#include <string_view>

namespace feedctl::store::sqlstate {

inline constexpr std::string_view feature_not_supported = "0A000";
inline constexpr std::string_view check_violation = "23514";
inline constexpr std::string_view exclusion_violation = "23P01";
inline constexpr std::string_view unique_violation = "23505";
inline constexpr std::string_view read_only_sql_transaction = "25006";
inline constexpr std::string_view idle_in_transaction_session_timeout = "25P03";
inline constexpr std::string_view invalid_sql_statement_name = "26000";
inline constexpr std::string_view invalid_schema_name = "3F000";
inline constexpr std::string_view serialization_failure = "40001";
inline constexpr std::string_view deadlock_detected = "40P01";
inline constexpr std::string_view insufficient_privilege = "42501";
inline constexpr std::string_view undefined_column = "42703";
inline constexpr std::string_view undefined_function = "42883";
inline constexpr std::string_view undefined_table = "42P01";
inline constexpr std::string_view disk_full = "53100";
inline constexpr std::string_view too_many_connections = "53300";
inline constexpr std::string_view lock_not_available = "55P03";
inline constexpr std::string_view query_canceled = "57014";
inline constexpr std::string_view io_error = "58030";

// Classes: the first two characters of their states.
inline constexpr std::string_view connection_exception = "08";
inline constexpr std::string_view transaction_rollback = "40";
inline constexpr std::string_view insufficient_resources = "53";
inline constexpr std::string_view operator_intervention = "57";

// Prefixes: states of a class that belong together.
inline constexpr std::string_view session_timeout_prefix = "25P0";  // and a failed transaction
inline constexpr std::string_view shutdown_prefix = "57P";  // of the server or of this session

// Whether `state` is one of `states`, or begins with one of them.
constexpr bool is_any_of(std::string_view state, std::initializer_list<std::string_view> states) {
  for (const auto prefix : states) {
    if (state.substr(0, prefix.size()) == prefix) return true;
  }
  return false;
}

}  // namespace feedctl::store::sqlstate
