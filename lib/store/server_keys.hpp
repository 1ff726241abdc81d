#pragma once
// The keys of an installation, shared by its processes in the table server_keys. Errors as of
// Database. Thread-safe.
#include <optional>
#include <string>

#include "base/secret.hpp"
#include "store/database.hpp"

namespace feedctl::store {

inline constexpr const char* secret_key_name = "secret_key";  // signs cursors
// Derives refresh tokens from those that they replace (accounts/refresh_token.hpp).
inline constexpr const char* refresh_pepper_name = "refresh_pepper";

std::optional<Secret<std::string>> load_key(Database& database, const std::string& name);

// Stores `fresh` under `name` if there is no key yet. Returns the stored key. Needs the owner's
// rights.
Secret<std::string> ensure_key(Database& owner, const std::string& name,
                               const Secret<std::string>& fresh);

}  // namespace feedctl::store
