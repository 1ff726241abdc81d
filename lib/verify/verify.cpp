#include "verify/verify.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "verify/slices.hpp"

namespace feedctl::verify {

std::int64_t Report::drift() const {
  std::int64_t left = 0;
  for (const auto& finding : findings)
    left += std::max<std::int64_t>(finding.drift - finding.repaired, 0);
  return left;
}

const std::vector<std::string>& invariants() {
  // Orphans first: what is removed there counts for the others.
  static const std::vector<std::string> all{"I9", "I1", "I3", "I4", "I6", "I10", "I11"};
  return all;
}

std::vector<std::pair<std::string, std::string>> session_settings() {
  return {{"enable_seqscan", "off"}, {"jit", "off"}};
}

Report run(store::Database& database, const Options& options) {
  for (const auto& name : options.invariants) {
    const auto& all = invariants();
    if (std::find(all.begin(), all.end(), name) != all.end()) continue;
    throw Error(ErrorCode::usage, "there is no invariant \"" + name + "\" to verify")
        .with_hint("give some of I1,I3,I4,I6,I9,I10,I11");
  }
  Audit audit(database, options);
  if (options.index) {
    check_index(audit, *options.index);
    return std::move(audit).take();
  }
  for (const auto& name : invariants()) {
    const auto& wanted = options.invariants;
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), name) == wanted.end()) continue;
    if (audit.stopped()) break;
    if (name == "I1")
      check_rows(audit);
    else if (name == "I6")
      check_flow(audit);
    else if (name == "I10")
      check_caches(audit);
    else if (name == "I11")
      check_hot(audit);
    else
      check_keyed(audit, name);
  }
  return std::move(audit).take();
}

}  // namespace feedctl::verify
