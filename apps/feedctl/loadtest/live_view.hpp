#pragma once
// Shows a running load test on standard error: on a terminal a block that is drawn again each
// second, else a line every 10 s. TERM=dumb counts as no terminal; NO_COLOR and --color decide
// about colour; --quiet shows nothing. The runtime must outlive it. One thread; at most one at a
// time.
#include <chrono>
#include <optional>
#include <string>

#include "feedctl/loadtest/live_status.hpp"

namespace feedctl::cli {

class Runtime;

class LiveView {
 public:
  // `planned`: how long the run takes, with its warm-up; 0: unknown.
  LiveView(const Runtime& runtime, std::string title, std::chrono::milliseconds planned = {});
  ~LiveView();  // as finish()
  LiveView(const LiveView&) = delete;
  LiveView& operator=(const LiveView&) = delete;

  // Once for each second.
  void show(const loadtest::Interval& interval,
            const std::optional<loadtest::ServerSample>& sample);
  // Removes the block: the report takes its place. After an interrupt the block stays, since "^C"
  // and a notice are below it.
  void finish();

 private:
  void draw();

  const Runtime& runtime_;
  LiveStatus status_;
  bool draws_block_;
  bool has_color_;
  std::size_t drawn_lines_ = 0;
};

}  // namespace feedctl::cli
