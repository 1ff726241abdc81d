#pragma once
// JSON pointers (RFC 6901), as errors name members of a request. A pure function.
#include <string>
#include <string_view>

namespace feedctl {

// The pointer to a member of the outermost object: "/a~1b" for "a/b".
std::string json_pointer(std::string_view member);

}  // namespace feedctl
