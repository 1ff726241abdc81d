#pragma once
// Check of the store of media: it keeps, shows, gives and removes a probe object; a directory has
// room; a bucket gives links that work and refuses readers without one. At most a minute. Any
// thread; an Error becomes a finding. No finding holds a secret or a link.
#include "config/config.hpp"
#include "operations/doctor_checks.hpp"

namespace feedctl::operations {

void check_media(Findings& findings, const config::MediaConfig& media);

}  // namespace feedctl::operations
