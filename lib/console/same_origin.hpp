#pragma once
// Whether a page of this server sent a request, by Sec-Fetch-Site and Origin, which no page can
// forge. Pure functions.
#include <string>

#include "http/message.hpp"

namespace feedctl::console {

// `public_url`: where browsers reach this server, beside the Host of the request; may be empty.
// Error(permission_denied) for a request of another site, and for one that changes something and
// has neither field.
void require_same_origin(const http::Request& request, const std::string& public_url);

}  // namespace feedctl::console
