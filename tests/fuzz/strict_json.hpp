#pragma once
// A second reader of JSON (RFC 8259), written from the grammar alone, to compare the first with.
#include <optional>
#include <string>
#include <string_view>

namespace feedctl::fuzz {

// The document in one canonical form; nullopt where it is none, nests deeper than `max_depth`, has
// a key twice, text that is not UTF-8, or a number beyond a double.
std::optional<std::string> strict_json(std::string_view text, int max_depth);

// How numbers and texts stand in that form.
std::string canonical(double number);
std::string canonical(std::string_view text);

}  // namespace feedctl::fuzz
