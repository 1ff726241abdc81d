#include "store/installation.hpp"

#include "sql/store.hpp"

namespace feedctl::store {

std::string installation_id(Database& database) {
  return std::string(database.read(sql::store::installation).single_row().text(0));
}

}  // namespace feedctl::store
