#pragma once
// The Idempotency-Key that a client sends with a command: whose it is, and what it was sent for.
// Plain values.
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "http/message.hpp"

namespace feedctl::commands {

struct Key {
  Id user = 0;       // the actor: the same text of two users is two keys
  std::string hash;  // of the text, as bytea input
  std::string fp;    // of the request, as bytea input: the same key with another fp is a mistake
};

// 1 to 255 visible ASCII characters, bare or in the quotes of a structured field's string.
// Error(invalid_argument) for anything else.
std::string parse_key(std::string_view header);

// nullopt where none was sent. Error(invalid_argument) for a bad one, for two, and for one without
// an actor.
std::optional<Key> key_of(const http::Request& request, std::optional<Id> actor);

// Eight bytes of SHA-256 over method, canonical route, path parameters, query, media type and body.
std::string fingerprint(const http::Request& request);

}  // namespace feedctl::commands
