#pragma once
// Random secrets of a sign-in (state, cookie, code) and their digests. The database holds digests
// only. Pure functions; any thread.
#include <string>
#include <string_view>

namespace feedctl::accounts {

// 256 random bits as 43 characters of base64url.
std::string make_secret();
// Whether a text has the form of make_secret(); nothing else is looked up.
bool is_secret(std::string_view text);

// SHA-256, as PostgreSQL reads and writes a bytea.
std::string digest(std::string_view secret);
// Compares two digests in constant time.
bool is_same_digest(std::string_view a, std::string_view b);

}  // namespace feedctl::accounts
