#pragma once
// The storage of a Result: libpqxx's rows and the place of each field's bytes. libpqxx counts
// references at every access of a field, so the constructor visits each field once. Private to
// lib/store; immutable.
#include <cstddef>
#include <memory>
#include <pqxx/pqxx>
#include <vector>

#include "store/result.hpp"

namespace feedctl::store {

struct ResultFields {
  struct Field {
    const char* text;  // nullptr: null
    std::size_t size;
  };

  explicit ResultFields(pqxx::result result);

  pqxx::result rows;  // owns the bytes
  std::size_t columns;
  std::vector<Field> fields;  // row by row
};

Result to_result(pqxx::result rows);

}  // namespace feedctl::store
