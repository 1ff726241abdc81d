#pragma once
// The credentials by which a client names itself at the token endpoint: HTTP Basic or fields of the
// form (RFC 6749, section 2.3.1). Pure functions.
#include "dev_openid/form.hpp"
#include "dev_openid/options.hpp"
#include "http/message.hpp"

namespace feedctl::dev_openid {

// Whether the request comes from the client of the options, with its secret. False, too, where it
// uses both ways.
bool is_client_authenticated(const http::Request& request, const Form& form,
                             const Options& options);

}  // namespace feedctl::dev_openid
