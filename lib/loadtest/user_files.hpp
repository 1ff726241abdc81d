#pragma once
// Reads files of users and of their tokens, a line each. Plain functions; thread-safe.
#include <string>
#include <vector>

#include "loadtest/user_pool.hpp"

namespace feedctl::loadtest {

// A line is an id, or a JSON object with "user_id" or "id", and maybe "token". Empty lines and
// those that begin with # are skipped. Error(usage): the file cannot be read. Error(bad_data) for
// a bad line, with its number, and for a file without users.
std::vector<LoadUser> read_users_file(const std::string& path);

// The same; each line needs a token. `feedctl users token --sample` prints such lines.
std::vector<LoadUser> read_tokens_file(const std::string& path);

}  // namespace feedctl::loadtest
