#pragma once
// Character references of HTML. Pure functions.
#include <string>
#include <string_view>

namespace feedctl::imports {

// Decodes the reference at the beginning of `html`, which begins with '&', onto `out`, and gives
// its size; 0: it is none. Of the names it knows those that occur in posts. A number that is no
// character gives U+FFFD.
std::size_t append_reference(std::string& out, std::string_view html);

}  // namespace feedctl::imports
