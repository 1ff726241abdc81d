#pragma once
// Checks of what stands around the processes: the proxy, certificates, the clock's synchronization.
#include "config/config.hpp"
#include "operations/doctor_checks.hpp"

namespace feedctl::operations {

void check_proxy(Findings& findings, const config::Config& config);
// Of auth.public_url and of the S3 servers, where these are https://: each costs at most 6 s.
void check_certificates(Findings& findings, const config::Config& config);
// Whether the kernel says that something keeps this machine's clock right.
void check_clock_synchronization(Findings& findings);

}  // namespace feedctl::operations
