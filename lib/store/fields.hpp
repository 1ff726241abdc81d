#pragma once
// What a Result keeps: the rows of libpqxx, and where each field's bytes lie. libpqxx counts
// references to the result at every access of a field, so each row is gone through once, in place.
// Private to lib/store; immutable once made.
#include <cstddef>
#include <memory>
#include <pqxx/pqxx>
#include <vector>

#include "store/result.hpp"

namespace feedctl::store {

struct Fields {
  struct Field {
    const char* text;  // nullptr: null
    std::size_t size;
  };

  explicit Fields(pqxx::result result);

  pqxx::result rows;  // owns the bytes
  std::size_t columns;
  std::vector<Field> fields;  // row by row
};

Result to_result(pqxx::result rows);

}  // namespace feedctl::store
