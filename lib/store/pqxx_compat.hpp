#pragma once
// The differences between libpqxx 6.4 (Debian 12) and 7.x (Debian 13, Ubuntu 24.04).
#include <libpq-fe.h>

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

// connect_direct that keeps libpq's connection, the only source of an error's fields and of the
// transaction's state.
class ConnectAndKeep : public pqxx::connect_direct {
 public:
  using connect_direct::connect_direct;
  handle do_startconnect(handle before) override {
    return raw = connect_direct::do_startconnect(before);
  }
  handle raw = nullptr;
};

class Connection : public pqxx::connection_base {
 public:
  explicit Connection(const std::string& conninfo) : connection_base(policy_), policy_(conninfo) {
    init();
    // A broken connection must not open itself again: its session settings would be gone. 6.4 calls
    // this deprecated because 7 never does so.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    inhibit_reactivation(true);
#pragma GCC diagnostic pop
  }
  ~Connection() {
    close();
  }
  PGconn* raw() const {
    return policy_.raw;
  }

 private:
  ConnectAndKeep policy_;
};

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

// libpq's connection: the only source of an error's fields and of the transaction's state.
inline PGconn* connect(const std::string& conninfo) {
  auto* raw = pqxx::connection(conninfo).release_raw_connection();
  // Its notice processor belongs to the object that released it.
  PQsetNoticeProcessor(
      raw, [](void*, const char*) {}, nullptr);
  return raw;
}

class Connection {
 public:
  explicit Connection(const std::string& conninfo)
      : raw_(connect(conninfo)), connection_(pqxx::connection::seize_raw_connection(raw_)) {}
  operator pqxx::connection&() { return connection_; }
  void prepare(const char* name, const char* text) { connection_.prepare(name, text); }
  int sock() const { return connection_.sock(); }
  int backendpid() const { return connection_.backendpid(); }
  PGconn* raw() const { return raw_; }

 private:
  PGconn* raw_;
  pqxx::connection connection_;
};

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

}  // namespace feedctl::store::compat
