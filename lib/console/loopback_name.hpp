#pragma once
// Names of this machine that browsers keep apart: localhost, 127.0.0.1 and [::1] have cookies and
// storage of their own, so a sign-in that begins at one and returns to another fails. A pure
// function.
#include <optional>
#include <string>

#include "http/message.hpp"

namespace feedctl::console {

// The same page under `public_url`, where that is an http URL of this machine and the request names
// the machine and the port, but by another name; else nullopt.
std::optional<std::string> page_under_public_name(const http::Request& request,
                                                  const std::string& public_url);

}  // namespace feedctl::console
