#pragma once
#include <string>

#include "config/config.hpp"

namespace feedctl::config {

// Whether only this machine can reach the address: 127/8, ::1, localhost, a unix socket's path.
bool is_loopback(const std::string& host);

// Throws Error(config) if `server` would listen to other machines without insecure_public.
void check_bind(const ServerConfig& server);

}  // namespace feedctl::config
