#pragma once
// Which entry of docs/runbook.md belongs to which check of `feedctl doctor`. Constant data.
#include <span>
#include <string_view>

#include "operations/doctor_checks.hpp"

namespace feedctl::operations {

struct RunbookLink {
  std::string_view check;
  std::string_view alert;
};
std::span<const RunbookLink> runbook_links();

// Names the entry in each finding that is not ok, unless it has one.
void link_runbook(Findings& findings);

}  // namespace feedctl::operations
