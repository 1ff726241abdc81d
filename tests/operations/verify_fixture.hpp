#pragma once
// A database with generated data whose rows, counters and scores are correct, and feedctl on it.
#include <string>

#include "support/fresh_database.hpp"
#include "support/process.hpp"

namespace feedctl::test {

class VerifyFixture {
 public:
  VerifyFixture();

  support::RunResult feedctl(const std::vector<std::string>& arguments) const {
    return support::run_feedctl(arguments, options());
  }
  support::RunOptions options() const;
  std::string sql(const std::string& text) const { return database.execute(text); }
  int verify(const std::string& invariant) const {
    return feedctl({"verify", "--all", "--invariant", invariant}).exit_code;
  }
  // Rows that the defining query requires and that are missing, by a statement of the test.
  std::string missing_rows() const;

  support::FreshDatabase database;
};

}  // namespace feedctl::test
