#pragma once
// Keys that all processes of one installation share, kept in the database (table server_keys).
#include <optional>
#include <string>

#include "base/secret.hpp"
#include "store/database.hpp"

namespace feedctl::store {

inline constexpr const char* secret_key_name = "secret_key";  // signs cursors

std::optional<Secret<std::string>> load_key(Database& database, const std::string& name);

// Keeps `fresh` under `name` unless there is one already; returns the one that counts. Needs the
// owner.
Secret<std::string> ensure_key(Database& owner, const std::string& name,
                               const Secret<std::string>& fresh);

}  // namespace feedctl::store
