#pragma once
// Makes handles of this service from the handles of other networks. Pure functions.
#include <string>
#include <string_view>
#include <vector>

namespace feedctl::imports {

// The handle as users may have it, [a-z0-9_]{1,32}: lower case, other characters become single
// underscores; of "@ada@host.example" the part before the host. "user" where nothing is left.
std::string to_valid_handle(std::string_view external_handle);

bool is_valid_handle(std::string_view handle);

// Handles to try in this order, the last one with the most digits: "ada", "ada_mastodon",
// "ada_mastodon_2", .. None looks as if the operators of the service had it.
std::vector<std::string> handle_candidates(std::string_view external_handle,
                                           std::string_view network);

}  // namespace feedctl::imports
