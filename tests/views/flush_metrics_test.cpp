// What a flush tells monitors.
#include "views/flush_metrics.hpp"

#include <sstream>

#include "metrics/metrics.hpp"
#include "metrics/textfile.hpp"
#include "support/catch.hpp"
#include "views/views_fixture.hpp"

using namespace feedctl;
using namespace feedctl::test;
using views::ViewRecorder;

namespace {
constexpr std::string_view families[] = {"feedctl_views_"};
}

TEST_CASE("metrics for a file are those of views alone") {
  ViewsFixture fixture;
  ViewRecorder recorder(fixture.database, fixture.options());
  record_one(recorder, 2, 5);
  const auto before =
      metrics::counter("feedctl_views_flushed_total", "", {{"result", "views"}}).value();
  Flushing flushing(fixture, {});
  const auto report = flushing.flush.run();
  record_one(recorder, 3, 5);
  add_impressions(fixture, 1, 7);
  add_impressions(fixture, 2, 1);
  views::export_metrics(report, flushing.buffer);
  const auto text = metrics::exposition_text(families);
  CHECK(metrics::counter("feedctl_views_flushed_total", "", {{"result", "views"}}).value() ==
        before + 1);
  CHECK(text.find("\nfeedctl_views_pending 3\n") != std::string::npos);
  CHECK(text.find("\nfeedctl_views_batches 0\n") != std::string::npos);
  CHECK(text.find("\nfeedctl_views_oldest_batch_seconds 0\n") != std::string::npos);
  CHECK(text.find("feedctl_views_flush_last_success_timestamp_seconds ") != std::string::npos);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    const bool is_comment =
        line.rfind("# HELP feedctl_views_", 0) == 0 || line.rfind("# TYPE feedctl_views_", 0) == 0;
    CHECK((is_comment || line.rfind("feedctl_views_", 0) == 0));
  }
}

TEST_CASE("metrics tell of what Redis may have lost") {
  ViewsFixture fixture;
  Flushing flushing(fixture, {});
  const auto lost = [] {
    return metrics::counter("feedctl_views_lost_window_seconds_total", "").value();
  };
  const auto of_last_run = [] {
    return metrics::gauge("feedctl_views_flush_last_run_lost_window_seconds", "").value();
  };
  auto report = flushing.flush.run();
  const auto before = lost();
  views::export_metrics(report, flushing.buffer);
  CHECK(lost() == before);
  CHECK(of_last_run() == 0);
  CHECK(metrics::gauge("feedctl_views_flush_last_run_restarts", "").value() == 0);
  report.restarts = 1;
  report.lost_window = std::chrono::milliseconds(2500);
  views::export_metrics(report, flushing.buffer);
  CHECK(lost() == before + 2.5);
  CHECK(of_last_run() == 2.5);
  CHECK(metrics::gauge("feedctl_views_flush_last_run_restarts", "").value() == 1);
  report.lost_window.reset();
  views::export_metrics(report, flushing.buffer);
  CHECK(lost() == before + 2.5);
  CHECK(of_last_run() == -1);
  CHECK(metrics::exposition_text(families).find("\nfeedctl_views_redis_restarts_total ") !=
        std::string::npos);
}

TEST_CASE("a batch without a time of rotation has no age") {
  ViewsFixture fixture;
  Flushing flushing(fixture, {});
  const auto report = flushing.flush.run();
  fixture.cli("ZADD views:batches 0 v:E:1");
  views::export_metrics(report, flushing.buffer);
  CHECK(metrics::gauge("feedctl_views_batches", "").value() == 1);
  CHECK(metrics::gauge("feedctl_views_oldest_batch_seconds", "").value() == 0);
}
