#pragma once
// Which failures pass by themselves, and how one is described to whoever looks at dead letters.
#include <exception>
#include <string>

namespace feedctl::events {

// The database was away, busy, or let another transaction win: trying the same again is right.
bool is_transient(const std::exception& error);
// With the detail that is kept from clients.
std::string describe(const std::exception& error);

}  // namespace feedctl::events
