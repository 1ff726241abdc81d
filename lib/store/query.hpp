#pragma once
namespace feedctl::store {

// A statement from sql/queries/<feature>/<name>.sql; `name` ("feature/name") goes to logs, metrics
// and the prepared statement. Both point to static storage.
struct Query {
  const char* name;
  const char* text;
};

}  // namespace feedctl::store
