#pragma once
// Handles that look as if the operators of the service had them. People cannot choose them;
// operators can. Pure function.
#include <string_view>

namespace feedctl::users {

// Underscores do not count, nor do digits at the end: "_admin" and "admin_2" look official, too.
bool is_reserved_handle(std::string_view handle);

}  // namespace feedctl::users
