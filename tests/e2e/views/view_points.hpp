#pragma once
// The failpoints of view counters, by the process that hits them. Every point belongs to one.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/failpoint_hits.hpp"

namespace feedctl::test {

enum class Process { flush_views, serve, work, warm_cache };

// flush_views, unless another process is named here.
inline Process process_of(std::string_view point) {
  constexpr std::pair<std::string_view, Process> others[] = {
      {"views.record.", Process::serve},      {"views.fallback.", Process::serve},
      {"views.ingest.", Process::serve},      {"views.direct.", Process::serve},
      {"views.begin_fold.", Process::work},   {"views.fold.", Process::work},
      {"views.prune_epochs.", Process::work}, {"views.warm.", Process::warm_cache}};
  const auto* const found =
      std::find_if(std::begin(others), std::end(others),
                   [&](const auto& other) { return point.rfind(other.first, 0) == 0; });
  return found == std::end(others) ? Process::flush_views : found->second;
}

// Empty in a build without failpoints.
inline std::vector<std::string> view_points(Process process) {
  std::vector<std::string> points;
  for (const auto& point : support::declared_failpoints()) {
    if (point.rfind("views.", 0) == 0 && process_of(point) == process) points.push_back(point);
  }
  return points;
}

}  // namespace feedctl::test
