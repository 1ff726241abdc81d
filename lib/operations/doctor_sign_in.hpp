#pragma once
// Check of sign-in: auth.public_url, and each provider by its servers (at most 6 s, all at once).
// Any thread; an Error becomes a finding. No finding holds a secret.
#include "config/config.hpp"
#include "operations/doctor_checks.hpp"

namespace feedctl::operations {

void check_sign_in(Findings& findings, const config::Config& config);

}  // namespace feedctl::operations
