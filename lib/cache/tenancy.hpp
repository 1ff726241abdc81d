#pragma once
// How installations (databases) that share one Redis or one RabbitMQ are told apart. The first one
// uses the bare names and leaves its id at the server, under `owner_name` behind the same prefix;
// whoever finds another one's id there does not use these names.
#include <string>
#include <string_view>

namespace feedctl::cache {

inline constexpr std::string_view owner_name = "feedctl:installation";

struct Tenancy {
  std::string prefix;        // before every name
  std::string installation;  // the database's id; "": nobody asks whose the names are
};

}  // namespace feedctl::cache
