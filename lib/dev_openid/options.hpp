#pragma once
// Options of the OpenID provider for development, and their JSON form, in which `feedctl dev` and
// tests hand them to its process. Plain values and pure functions.
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"

namespace feedctl::dev_openid {

enum class KeyKind { rs256, es256 };
std::string_view to_string(KeyKind kind);  // "RS256", as `alg` names it

// A person who can sign in. The username is also the subject.
struct Person {
  std::string username;
  std::string name;
  std::string email;  // "": the provider makes one under example.test
};

struct Options {
  int port = 0;  // on 127.0.0.1; it is part of the issuer, so it is never chosen later
  std::string client_id;
  Secret<std::string> client_secret;
  std::vector<std::string> redirect_uris;  // exact
  KeyKind key_kind = KeyKind::rs256;
  std::vector<Person> people;  // the page offers them
};

// "http://127.0.0.1:PORT", without a slash at the end.
std::string issuer_of(const Options& options);

std::string to_json(const Options& options);
// Error(bad_data) names the member that is missing or wrong.
Options parse_options(std::string_view json);

}  // namespace feedctl::dev_openid
