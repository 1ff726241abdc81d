#include "feedctl/cli/credentials.hpp"

#include "base/error.hpp"
#include "feedctl/cli/credentials_file.hpp"

namespace feedctl::cli {

namespace {

constexpr std::chrono::seconds min_remaining{30};

}  // namespace

std::optional<Secret<std::string>> access_token_for(const std::string& server) {
  const auto origin = server_origin(server);
  CredentialsFile file;
  const auto known = file.find(origin);
  if (!known) return std::nullopt;
  if (known->access_expires_at > now() + min_remaining) return known->access_token;
  auto fresh = AuthClient(origin).refresh(known->refresh_token);
  if (!fresh) {
    file.remove(origin);
    throw Error(ErrorCode::failed, "the session at " + origin + " has ended")
        .with_hint("sign in again: feedctl login --server " + origin);
  }
  auto token = fresh->access_token;
  file.store(origin, *std::move(fresh));
  return token;
}

}  // namespace feedctl::cli
