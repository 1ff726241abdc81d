#pragma once
// Where a browser may be sent after a sign-in: a path of this server, or a program of the same
// machine (RFC 8252, 7.3). Everything else would make the server an open redirector. Pure
// functions. Errors: Error(invalid_argument).
#include <string>
#include <string_view>

namespace feedctl::accounts {

// "/feed?tab=new": visible ASCII, one slash at its start, no backslash, no fragment, no dot
// segment. Not below /auth: those redirect on, and a browser takes the fragment with the code
// along, as far as to another provider.
void check_return_to(std::string_view path);

// "http://127.0.0.1:PORT/.." or "http://[::1]:PORT/..", visible ASCII, no fragment.
void check_client_redirect(std::string_view url);

// Adds name=value to the query of a checked URL; the value is percent-encoded.
std::string with_query(std::string url, std::string_view name, std::string_view value);

}  // namespace feedctl::accounts
