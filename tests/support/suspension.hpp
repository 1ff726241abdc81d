#pragma once
// Suspends accounts and reinstates them as an operator does, without a reason and a key.
#include "users/users.hpp"

namespace feedctl::support {

inline users::Users::StateChange suspend(store::Database& database, Id user) {
  commands::Command command;
  return users::Users(database).suspend(user, std::nullopt, std::chrono::seconds{600}, command);
}

inline users::Users::StateChange reinstate(store::Database& database, Id user) {
  commands::Command command;
  return users::Users(database).reinstate(user, command);
}

}  // namespace feedctl::support
