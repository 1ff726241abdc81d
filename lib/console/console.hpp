#pragma once
// The web console for editors and administrators (docs/console.md): its files, its session and its
// dashboard. Thread-safe.
#include <string>

#include "accounts/accounts.hpp"
#include "console/dashboard.hpp"
#include "http/router.hpp"
#include "store/database.hpp"

namespace feedctl::console {

// The references must outlive the router.
struct Deps {
  store::Database& database;
  accounts::Accounts& accounts;
  Dashboard& dashboard;
  std::string public_url = {};    // of this server, as browsers reach it; may be empty
  std::string image_origin = {};  // of presigned links to images; empty: none
};

void add_routes(http::Router& router, const Deps& deps);

}  // namespace feedctl::console
