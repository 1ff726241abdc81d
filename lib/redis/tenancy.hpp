#pragma once
// Which of several installations (databases) uses the names on a shared Redis or RabbitMQ server.
// The first one that uses a prefix stores its id at the server, under the prefix and `owner_key`.
// An installation that finds another id there does not use these names. A plain value.
#include <string>
#include <string_view>

namespace feedctl::redis {

inline constexpr std::string_view owner_key = "feedctl:installation";

struct Tenancy {
  std::string prefix;        // before every name
  std::string installation;  // the database's id; "": no ownership check
};

}  // namespace feedctl::redis
