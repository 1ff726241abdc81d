#pragma once
// The change of an audit entry as one short line for people: "role admin -> user". Pure function.
#include <string>

#include "audit/audit.hpp"

namespace feedctl::audit {

// Long values are cut. "" for an entry without `before` and `after`.
std::string change_text(const Entry& entry);

}  // namespace feedctl::audit
