#include "dev_servers/pg_admin.hpp"

#include <libpq-fe.h>

#include <memory>

#include "base/error.hpp"
#include "base/url.hpp"

namespace feedctl::dev_servers {
namespace {

struct PgDeleter {
  void operator()(PGconn* connection) const { PQfinish(connection); }
  void operator()(PGresult* result) const { PQclear(result); }
};

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

}  // namespace

std::string execute(const std::string& url, const std::string& sql) {
  const std::unique_ptr<PGconn, PgDeleter> connection(PQconnectdb(url.c_str()));
  if (PQstatus(connection.get()) != CONNECTION_OK) {
    throw Error(ErrorCode::unavailable, first_line(PQerrorMessage(connection.get())));
  }
  const std::unique_ptr<PGresult, PgDeleter> result(PQexec(connection.get(), sql.c_str()));
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    throw Error(ErrorCode::failed, first_line(PQerrorMessage(connection.get()))).with_detail(sql);
  }
  return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

bool accepts_connections(const std::string& url) {
  return PQping(url.c_str()) == PQPING_OK;
}

std::string socket_url(const std::string& user, const std::string& database,
                       const std::string& dir) {
  return "postgresql://" + percent_encode(user, "/") + "@:" + socket_port + "/" +
         percent_encode(database, "/") + "?host=" + percent_encode(dir, "/");
}

std::string quoted_name(const std::string& name) {
  std::string out = "\"";
  for (const char c : name) out.append(c == '"' ? 2 : 1, c);
  return out + "\"";
}

}  // namespace feedctl::dev_servers
