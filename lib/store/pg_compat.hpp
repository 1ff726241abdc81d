#pragma once
// What differs between libpqxx 6.4 (Debian 12) and 7.x (Debian 13, Ubuntu 24.04), in one place.
#include <functional>
#include <memory>
#include <optional>
#include <pqxx/pqxx>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace feedctl::store::compat {

using Values = std::vector<std::optional<std::string>>;

#if PQXX_VERSION_MAJOR < 7

inline std::unique_ptr<pqxx::connection> open(const std::string& conninfo) {
  auto connection = std::make_unique<pqxx::connection>(conninfo);
  // A broken connection must not open itself again: its session settings would be gone. 6.4 calls
  // this deprecated because 7 never does so.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  connection->inhibit_reactivation(true);
#pragma GCC diagnostic pop
  return connection;
}

inline pqxx::result exec_prepared(pqxx::transaction_base& tx, const char* name,
                                  const Values& values) {
  std::vector<const char*> raw;
  raw.reserve(values.size());
  for (const auto& v : values) raw.push_back(v ? v->c_str() : nullptr);
  return tx.exec_prepared(name, pqxx::prepare::make_dynamic_params(raw));
}

// stream_to of 6.4 takes tuples only: one form for each number of columns.
template <std::size_t... I>
void stream_row(pqxx::stream_to& stream, const Values& row, std::index_sequence<I...>) {
  stream << std::make_tuple((row[I] ? row[I]->c_str() : static_cast<const char*>(nullptr))...);
}

template <std::size_t N = 1>
void stream_row(pqxx::stream_to& stream, const Values& row) {
  if (row.size() == N)
    stream_row(stream, row, std::make_index_sequence<N>{});
  else if constexpr (N < 12)
    stream_row<N + 1>(stream, row);
  else
    throw std::logic_error("COPY of more than 12 columns");
}

inline std::size_t copy_in(pqxx::transaction_base& tx, const std::string& table,
                           const std::vector<std::string>& columns,
                           const std::function<bool(Values&)>& next) {
  pqxx::stream_to stream(tx, table, columns);
  Values row(columns.size());
  std::size_t rows = 0;
  for (; next(row); ++rows) stream_row(stream, row);
  stream.complete();
  return rows;
}

#else

inline std::unique_ptr<pqxx::connection> open(const std::string& conninfo) {
  return std::make_unique<pqxx::connection>(conninfo);
}

inline pqxx::result exec_prepared(pqxx::transaction_base& tx, const char* name,
                                  const Values& values) {
  pqxx::params params;
  params.reserve(values.size());
  for (const auto& v : values) {
    if (v)
      params.append(*v);
    else
      params.append();
  }
#if PQXX_VERSION_MAJOR > 7 || PQXX_VERSION_MINOR >= 9
  return tx.exec(pqxx::prepped{name}, params);
#else
  return tx.exec_prepared(name, params);
#endif
}

inline std::size_t copy_in(pqxx::transaction_base& tx, const std::string& table,
                           const std::vector<std::string>& columns,
                           const std::function<bool(Values&)>& next) {
  std::string list;
  for (const auto& c : columns) list += (list.empty() ? "" : ",") + tx.quote_name(c);
  auto stream = pqxx::stream_to::raw_table(tx, tx.quote_name(table), list);
  Values row(columns.size());
  std::size_t rows = 0;
  for (; next(row); ++rows) stream.write_row(row);
  stream.complete();
  return rows;
}

#endif

// The SQLSTATE of what libpqxx threw, "" where it is no refusal by the server. 6.4 leaves the state
// out of several exceptions, and its deadlocks and serialization failures are no sql_error at all.
inline std::string sqlstate_of(const pqxx::failure& e) {
  const auto is = [&](auto* type) {
    return dynamic_cast<std::remove_pointer_t<decltype(type)>*>(&e) != nullptr;
  };
  if (const auto* refused = dynamic_cast<const pqxx::sql_error*>(&e);
      refused && !refused->sqlstate().empty()) {
    return refused->sqlstate();
  }
  if (is(static_cast<const pqxx::deadlock_detected*>(nullptr))) return "40P01";
  if (is(static_cast<const pqxx::serialization_failure*>(nullptr))) return "40001";
  if (is(static_cast<const pqxx::statement_completion_unknown*>(nullptr))) return "";
  if (is(static_cast<const pqxx::transaction_rollback*>(nullptr))) return "40000";
  if (is(static_cast<const pqxx::insufficient_privilege*>(nullptr))) return "42501";
  if (is(static_cast<const pqxx::undefined_table*>(nullptr))) return "42P01";
  if (is(static_cast<const pqxx::undefined_column*>(nullptr))) return "42703";
  if (is(static_cast<const pqxx::undefined_function*>(nullptr))) return "42883";
  if (is(static_cast<const pqxx::syntax_error*>(nullptr))) return "42601";
  if (is(static_cast<const pqxx::disk_full*>(nullptr))) return "53100";
  if (is(static_cast<const pqxx::out_of_memory*>(nullptr))) return "53200";
  if (is(static_cast<const pqxx::insufficient_resources*>(nullptr))) return "53000";
  // A refusal of some other kind; XX000 is PostgreSQL's own "internal error".
  return dynamic_cast<const pqxx::sql_error*>(&e) ? "XX000" : "";
}

}  // namespace feedctl::store::compat
