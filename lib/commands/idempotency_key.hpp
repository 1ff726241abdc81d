#pragma once
// The Idempotency-Key of a command: its user, its text and the request that it came with. Follows
// draft-ietf-httpapi-idempotency-key-header. Plain values.
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "http/message.hpp"

namespace feedctl::commands {

struct IdempotencyKey {
  Id user = 0;              // the actor: two users may use the same text
  std::string hash;         // of the text, as bytea input
  std::string fingerprint;  // of the request, as bytea input; must not differ for one key
};

// 1 to 255 visible ASCII characters, bare or in the quotes of a structured field's string.
// Error(invalid_argument) for anything else.
std::string parse_idempotency_key(std::string_view header);

// nullopt if the request has none. Error(invalid_argument) for a bad key, for two keys, and for a
// key without an actor.
std::optional<IdempotencyKey> extract_idempotency_key(const http::Request& request,
                                                      std::optional<Id> actor);

// Eight bytes of SHA-256 over method, canonical route, path parameters, query, media type and body.
// Of a multipart form count its parts in their order, by name, type and content: neither the
// boundary nor the names of files.
std::string fingerprint(const http::Request& request);

}  // namespace feedctl::commands
