#pragma once
// The planned times of requests in an open model: arrival n is due when the integral of the rate
// reaches n. Each time comes from n and not from the arrival before, so that no error adds up.
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace feedctl::loadtest {

struct Stage {
  double rate = 0;  // requests a second
  std::chrono::milliseconds duration{};
  bool is_ramp = false;  // linear from the rate of the stage before; the first one starts at 0
};

// Immutable; any thread.
class ArrivalSchedule {
 public:
  // Error(invalid_argument) for a rate that is negative or above 10 million, a duration that is
  // negative, or more than 30 days or 10^12 arrivals together.
  explicit ArrivalSchedule(const std::vector<Stage>& stages);

  std::uint64_t count() const { return count_; }
  std::chrono::nanoseconds duration() const { return duration_; }
  // Arrivals that are planned within [from, to), with their fraction.
  double planned(std::chrono::nanoseconds from, std::chrono::nanoseconds to) const;

 private:
  friend class ArrivalCursor;
  struct Segment {
    double begin_s = 0, duration_s = 0;
    double rate = 0, slope = 0;  // at its begin; change of the rate a second
    double first = 0;            // the integral at its begin
  };
  static double integral(const Segment& segment, double seconds);
  double planned_until(double seconds) const;

  std::vector<Segment> segments_;  // without those in which nothing arrives
  std::chrono::nanoseconds duration_{};
  std::uint64_t count_ = 0;
};

// Walks over the arrivals `first`, `first + step`, .. : those of one of `step` threads. The
// schedule outlives it. One thread.
class ArrivalCursor {
 public:
  ArrivalCursor(const ArrivalSchedule& schedule, std::uint64_t first, std::uint64_t step)
      : schedule_(schedule), next_(first), step_(step) {}

  // The time of the next arrival, from the start; nullopt at the end.
  std::optional<std::chrono::nanoseconds> next();

 private:
  const ArrivalSchedule& schedule_;
  std::uint64_t next_, step_;
  std::size_t segment_ = 0;
};

}  // namespace feedctl::loadtest
