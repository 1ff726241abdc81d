#pragma once
#include <string>

#include "store/database.hpp"

namespace feedctl::store {

// The id of the installation; tells apart the installations that share a Redis or a RabbitMQ. A
// restored, copied or recreated database has another id. A promoted standby or a physical copy
// keeps it.
std::string installation_id(Database& database);

}  // namespace feedctl::store
