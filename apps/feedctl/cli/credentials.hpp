#pragma once
// Access tokens for commands that call a server. For the main thread.
#include <optional>
#include <string>

#include "base/secret.hpp"

namespace feedctl::cli {

// The token that `feedctl login` has got for this server, refreshed if it ends within half a
// minute; nullopt: nobody has signed in there. Error(failed) if the session has ended; other errors
// as of AuthClient and CredentialsFile.
std::optional<Secret<std::string>> access_token_for(const std::string& server);

}  // namespace feedctl::cli
