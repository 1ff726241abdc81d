#pragma once
#include <string>

#include "config/config.hpp"

namespace feedctl::config {

// Whether only this machine can reach the address: 127/8, ::1, localhost, a unix socket's path.
bool is_loopback(const std::string& host);

// Throws Error(config) if `server` would listen to other machines without insecure_public.
void check_bind(const ServerConfig& server);
// The same of the status port of `work`, where it has one.
void check_work_bind(const Config& config);

}  // namespace feedctl::config
