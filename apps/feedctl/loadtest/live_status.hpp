#pragma once
// What the terminal shows of a running load test: lines from its last minute. A value; one thread.
#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "loadtest/load_result.hpp"

namespace feedctl::cli {

class LiveStatus {
 public:
  // `planned`: with the warm-up; 0: unknown.
  LiveStatus(std::string title, std::chrono::milliseconds planned)
      : title_(std::move(title)), planned_(planned) {}

  void add(const loadtest::Interval& interval, const std::optional<loadtest::ServerSample>& sample);

  // Rates, latencies, their curve, errors, and the server's figures where it has them; each at most
  // `width` characters.
  std::vector<std::string> lines(std::size_t width) const;
  // The same in short, for a log.
  std::string line() const;
  bool had_errors() const { return last_.errors > 0; }
  std::uint32_t second() const { return last_.second; }

 private:
  std::string time_text() const;
  std::string errors_text() const;
  std::string server_text() const;

  std::string title_;
  std::chrono::milliseconds planned_;
  loadtest::Interval last_;
  std::deque<std::chrono::microseconds> p99_;  // of the last minute
  std::uint64_t errors_ = 0;
  loadtest::OutcomeCounts kinds_{};
  std::map<std::string, double> server_;  // the newest values
};

// Bars from an eighth to eight eighths of the highest value; a space for 0.
std::string sparkline(const std::deque<std::chrono::microseconds>& values);

}  // namespace feedctl::cli
