#pragma once
// One part of a support archive: a file, or the reason why it could not be had. Plain values.
#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace feedctl::cli::support_bundle {

struct Part {
  std::string file;         // "doctor.json", within the archive
  std::string content;      // not yet redacted
  std::string explanation;  // what it is, in one phrase
  std::string missing;      // "": it is there; else why not
  std::string messages;     // what its program said beside it
  bool is_cut = false;      // it was longer than the limit
};

struct PartSource {
  std::string file, explanation;
  std::function<void(Part&)> collect;  // an exception becomes `missing`
};

// Runs them at the same time, each in its own time. In the order of `sources`.
struct CollectedPart {
  Part part;
  std::chrono::milliseconds duration;
};
std::vector<CollectedPart> collect_parts(const std::vector<PartSource>& sources);

}  // namespace feedctl::cli::support_bundle
