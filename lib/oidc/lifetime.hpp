#pragma once
// For how long an answer counts as fresh: its Cache-Control max-age, from 5 minutes to 24 hours; an
// hour where there is none. Pure function.
#include <chrono>

#include "http_client/client.hpp"

namespace feedctl::oidc {

std::chrono::seconds lifetime_of(const http_client::Response& response);

}  // namespace feedctl::oidc
