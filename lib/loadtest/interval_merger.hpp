#pragma once
// Merges the seconds of the generator threads into intervals, in order. One thread.
#include <cstdint>
#include <map>
#include <vector>

#include "loadtest/arrival_schedule.hpp"
#include "loadtest/recorder.hpp"

namespace feedctl::loadtest {

class IntervalMerger {
 public:
  // The schedule outlives the merger; nullptr in the closed model.
  IntervalMerger(const ArrivalSchedule* schedule, std::uint32_t last_planned)
      : schedule_(schedule), last_planned_(last_planned) {}

  // The run is stopped within this second.
  void stop_at(std::uint32_t second) { last_planned_ = second; }
  void add(const std::vector<IntervalPart>& parts);
  // The intervals that no later part changes, and not given before: of seconds before
  // `complete_before`, or all if the run `is_finished`. What is answered in the last fraction of a
  // second after the end of the plan counts in the interval before.
  std::vector<Interval> take(std::uint32_t complete_before, bool is_finished);

 private:
  void merge_rest();
  Interval to_interval(const IntervalPart& part) const;

  const ArrivalSchedule* schedule_;
  std::uint32_t last_planned_;
  std::map<std::uint32_t, IntervalPart> pending_;  // by second
};

}  // namespace feedctl::loadtest
