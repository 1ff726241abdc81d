#include "events/failure.hpp"

#include "store/missing_part.hpp"

namespace feedctl::events {

bool is_transient(const std::exception& error) {
  const auto* refused = dynamic_cast<const store::SqlError*>(&error);
  if (refused == nullptr) {
    const auto* ours = dynamic_cast<const Error*>(&error);
    return ours != nullptr && ours->code() == ErrorCode::unavailable;
  }
  if (store::part_is_missing(*refused)) return true;  // they are made as the transaction ends
  const auto& state = refused->sqlstate();
  // Not 57014: a statement that takes too long does so again.
  for (const char* prefix :
       {"40", "08", "53", "57P", "55P03", "25006", "42501", "42P01", "42703", "42883"}) {
    if (state.rfind(prefix, 0) == 0) return true;
  }
  return false;
}

std::string describe(const std::exception& error) {
  const auto* ours = dynamic_cast<const Error*>(&error);
  if (ours == nullptr || ours->detail().empty()) return error.what();
  return std::string(error.what()) + ": " + ours->detail();
}

}  // namespace feedctl::events
