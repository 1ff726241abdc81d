#pragma once
// Who makes the change that a request asks for. A pure function.
#include "audit/audit.hpp"
#include "http/message.hpp"

namespace feedctl::audit {

// The user of the request's token, which it must have.
Actor actor_of(const http::Request& request);

}  // namespace feedctl::audit
