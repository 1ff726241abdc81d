#pragma once
// A PostgreSQL of one test's own whose messages are German for everybody who connects. Not
// thread-safe.
#include <string>

#include "support/own_postgres.hpp"
#include "support/temp_folder.hpp"

namespace feedctl::support {

class GermanPostgres {
 public:
  GermanPostgres();

  // False, and said so, where the locale cannot be made or PostgreSQL has no German messages: skip
  // the test.
  bool has_german_messages() const;

  std::string url() const { return server().url(); }  // serve's
  std::string superuser_url() const { return server().superuser_url(); }
  std::string execute(const std::string& sql) const { return server().execute(sql); }

 private:
  const PrivatePostgres& server() const { return *server_; }

  TempFolder locales_;  // which the server reads
  std::optional<PrivatePostgres> server_;
};

}  // namespace feedctl::support
