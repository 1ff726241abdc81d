#include "pages/edit_errors.hpp"

namespace feedctl::pages {

void throw_faults(const std::vector<FieldError>& faults) {
  if (faults.empty()) return;
  Error error(ErrorCode::invalid_argument,
              faults.size() == 1
                  ? faults[0].pointer + ": " + faults[0].detail
                  : std::to_string(faults.size()) + " members of the request are wrong");
  for (const auto& fault : faults) std::move(error).with_field(fault.pointer, fault.detail);
  throw error;
}

}  // namespace feedctl::pages
