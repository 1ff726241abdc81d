#pragma once
// Failpoints of the test's own process, armed for a scope. One at a time.
#include <string_view>

#include "base/failpoint.hpp"
#include "support/eventually.hpp"

namespace feedctl::support {

class ArmedFailpoints {
 public:
  // `rules` as in FEEDCTL_FAILPOINT. "" only counts hits.
  explicit ArmedFailpoints(std::string_view rules = "") { failpoint::arm(rules); }
  ArmedFailpoints(const ArmedFailpoints&) = delete;
  ArmedFailpoints& operator=(const ArmedFailpoints&) = delete;
  ~ArmedFailpoints() { failpoint::disarm(); }

  // Other rules, hits counted anew.
  void replace(std::string_view rules) { failpoint::arm(rules); }
  std::int64_t hits(std::string_view point) const { return failpoint::hit_count(point); }
  // Waits until another thread has hit the point so often. False if it has not in time.
  bool wait_for_hits(std::string_view point, std::int64_t count = 1) const {
    return eventually([&] { return hits(point) >= count; });
  }
};

}  // namespace feedctl::support
