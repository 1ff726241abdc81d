#pragma once
// The responses of accounts as JSON. None of them may be cached. Pure functions.
#include <optional>
#include <string>
#include <vector>

#include "accounts/accounts.hpp"
#include "base/json_writer.hpp"
#include "http/message.hpp"

namespace feedctl::accounts {

// {access_token, token_type, expires_in, refresh_token, refresh_expires_in, scope, user}
http::Response token_response(const Tokens& tokens);

http::Response providers_response(const oidc::Registry& providers);

// `current`: the session of the request's token. append_sessions() writes the list alone.
void append_sessions(json::Writer& writer, const std::vector<Session>& sessions,
                     const std::optional<Uuid>& current);
http::Response sessions_response(const std::vector<Session>& sessions,
                                 const std::optional<Uuid>& current);

// The user, with role and handle_proposed; scope and session_id of the token, null without one.
http::Response account_response(const users::User& user, bool is_handle_proposed,
                                const std::optional<http::Identity>& identity);

// 303 to a URL that may hold a secret.
http::Response redirect_response(const std::string& url);
http::Response done_response();  // 204

}  // namespace feedctl::accounts
