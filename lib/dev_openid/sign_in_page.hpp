#pragma once
// The pages of the provider for a person: choose who signs in, and what went wrong. They are plain
// HTML without scripts. Pure functions; any thread.
#include <string>
#include <string_view>

#include "dev_openid/authorization_request.hpp"
#include "http/message.hpp"

namespace feedctl::dev_openid {

http::Response sign_in_page(const AuthorizationRequest& request, const Options& options);
http::Response error_page(int status, std::string_view message);

}  // namespace feedctl::dev_openid
