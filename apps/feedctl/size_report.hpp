#pragma once
// The output of `size`: text and JSON of a prediction, and the table of a comparison. Plain
// functions for the main thread.
#include <optional>
#include <string>

#include "operations/size_compare.hpp"
#include "operations/size_model.hpp"

namespace feedctl::cli {

class Runtime;

struct SizeReport {
  operations::SizePlan plan;
  operations::SizePrediction prediction;
  std::optional<double> live_hours;  // of the event log; nullopt: a plan
};

std::string human_text(const SizeReport& report);
std::string json_text(const SizeReport& report);

// In the format of --output.
void print_comparison(const Runtime& runtime, const operations::SizeComparison& comparison);

}  // namespace feedctl::cli
