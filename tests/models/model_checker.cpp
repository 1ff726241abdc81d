#include "model_checker.hpp"

#include <cstdio>

namespace feedctl::models {

std::string Exploration::describe() const {
  char counts[160];
  std::snprintf(counts, sizeof counts, "%llu states, %llu steps, %.3g schedules, %llu at rest",
                static_cast<unsigned long long>(states), static_cast<unsigned long long>(steps),
                schedules, static_cast<unsigned long long>(final_states));
  std::string out = counts;
  if (violation.empty()) return out;
  out += "\nviolation: " + violation;
  int n = 0;
  for (const auto& line : schedule) out += "\n  " + std::to_string(++n) + ". " + line;
  return out;
}

}  // namespace feedctl::models
