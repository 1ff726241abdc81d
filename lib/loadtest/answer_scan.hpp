#pragma once
// Finds ids and cursors in answers of the API without parsing them whole, since a generator sees
// ten thousand a second. Pure functions; what they do not find is not an error.
#include <optional>
#include <string_view>

#include "base/ids.hpp"

namespace feedctl::loadtest {

// The id of the next post in the list, from byte `from` on, which moves behind it.
std::optional<Id> next_post_id(std::string_view body, std::size_t& from);

// The value of the last "next_cursor"; "": null, or there is none.
std::string_view next_cursor_in(std::string_view body);

}  // namespace feedctl::loadtest
