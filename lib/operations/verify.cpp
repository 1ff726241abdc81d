#include "operations/verify.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "operations/verify_audit.hpp"
#include "operations/verify_checks.hpp"

namespace feedctl::operations {

std::int64_t VerifyReport::remaining_drift() const {
  std::int64_t left = 0;
  for (const auto& result : results)
    left += std::max<std::int64_t>(result.drift - result.repaired, 0);
  return left;
}

const std::vector<std::string>& invariants() {
  // Orphans first: their removal changes what the other checks count.
  static const std::vector<std::string> all{"I9", "I1", "I3", "I4", "I5", "I6", "I10", "I11"};
  return all;
}

std::vector<std::pair<std::string, std::string>> session_settings() {
  return {{"enable_seqscan", "off"}, {"jit", "off"}};
}

VerifyReport run_checks(store::Database& database, const VerifyOptions& options) {
  for (const auto& name : options.invariants) {
    const auto& all = invariants();
    if (std::find(all.begin(), all.end(), name) != all.end()) continue;
    if (name == "I8") {
      throw Error(ErrorCode::usage, "I8 needs the store of media")
          .with_hint("verify it with: feedctl media verify");
    }
    throw Error(ErrorCode::usage, "there is no invariant \"" + name + "\" to verify")
        .with_hint("give some of I1,I3,I4,I5,I6,I9,I10,I11");
  }
  Audit audit(database, options);
  if (options.index) {
    check_feed_index(audit, *options.index);
    return std::move(audit).take_report();
  }
  for (const auto& name : invariants()) {
    const auto& wanted = options.invariants;
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), name) == wanted.end()) continue;
    if (audit.should_stop()) break;
    if (name == "I1")
      check_feed_rows(audit);
    else if (name == "I6")
      check_lag(audit);
    else if (name == "I10")
      check_caches(audit);
    else if (name == "I11")
      check_hot_scores(audit);
    else
      check_per_key(audit, name);
  }
  return std::move(audit).take_report();
}

}  // namespace feedctl::operations
