#pragma once
// What to do about a batch that the database refused.
#include "commands/command.hpp"

namespace feedctl::commands {

enum class Remedy {
  again,  // it left nothing behind, and the next run may get through
  split,  // one of its rows may be the reason
  none,   // no other statement would fare better now
};

inline Remedy remedy_of(const store::SqlError& error) {
  const auto& state = error.sqlstate();
  if (error.is_transient() || is_key_taken(error)) return Remedy::again;
  if (state == "55P03" || state == "57014") return Remedy::split;
  return error.code() == ErrorCode::unavailable ? Remedy::none : Remedy::split;
}

constexpr int most_attempts = 4;

// Of what there is no room for.
inline Error too_busy() {
  return Error(ErrorCode::unavailable, "too busy, try again")
      .with_retry_after(std::chrono::seconds{1});
}

// Of what went out and was not answered in time.
inline Error unsettled() {
  return Error(ErrorCode::unavailable, "not done in time, and may still be: try again")
      .with_retry_after(std::chrono::seconds{1});
}

// Of what no database refused.
inline Error broken(const std::exception& error) {
  return Error(ErrorCode::internal, "Internal server error").with_detail(error.what());
}

}  // namespace feedctl::commands
