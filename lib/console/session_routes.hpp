#pragma once
// The routes /admin/session..: the console's sign-in, kept in a cookie that scripts cannot read.
// They alone read the cookie; everything else takes the access token that they answer with.
//
// Every request must come from a page of this server. One that uses the cookie and changes
// something must also have the CSRF token in X-CSRF-Token, which these routes answer with. Only
// editors and administrators have a session here.
#include <memory>
#include <string>

#include "accounts/accounts.hpp"
#include "console/csrf_token.hpp"
#include "http/router.hpp"

namespace feedctl::console {

struct SessionDeps {
  accounts::Accounts& accounts;  // must outlive the router
  std::shared_ptr<CsrfTokens> csrf_tokens;
  std::string public_url = {};  // of this server, as browsers reach it; may be empty
};

void add_session_routes(http::Router& router, const SessionDeps& deps);

}  // namespace feedctl::console
