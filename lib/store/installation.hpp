#pragma once
#include <string>

#include "store/database.hpp"

namespace feedctl::store {

// Which database this is: what tells installations apart that share a Redis or a RabbitMQ. A
// database that was restored, copied or made anew is another one; a standby that has taken over, or
// a physical copy, is the same.
std::string installation_id(Database& database);

}  // namespace feedctl::store
