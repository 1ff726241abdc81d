#pragma once
// A database of a test's own, with the schema of this binary and no rows. Cloned from one that was
// migrated once, which takes tens of milliseconds. Dropped at the end; with FEEDCTL_KEEP_DB=1 it is
// kept, and so is the stack's folder, whose place is printed.
#include <string>

#include "base/secret.hpp"

namespace feedctl::support {

class FreshDatabase {
 public:
  enum class Schema { migrated, empty };
  explicit FreshDatabase(Schema schema = Schema::migrated);
  FreshDatabase(const FreshDatabase&) = delete;
  FreshDatabase& operator=(const FreshDatabase&) = delete;
  ~FreshDatabase();

  const std::string& name() const { return name_; }
  Secret<std::string> owner_url() const;
  Secret<std::string> url() const;  // of the role without DDL rights
  std::string superuser_url() const;

  // One statement as superuser; the first column of the first row.
  std::string execute(const std::string& sql) const;

 private:
  std::string name_;
};

}  // namespace feedctl::support
