#pragma once
// Classification of errors: transient or not, and their description in dead letters.
#include <exception>
#include <string>

namespace feedctl::events {

// The database was away or busy, or another transaction won: a retry is right.
bool is_transient(const std::exception& error);
// With the detail that clients do not see.
std::string describe(const std::exception& error);

}  // namespace feedctl::events
