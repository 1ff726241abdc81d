#include "metrics/metrics.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <sstream>
#include <thread>

#include "support/catch.hpp"

using namespace feedctl;

namespace {

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("the same name and labels return the same child metric") {
  auto& a = metrics::counter("feedctl_test_same_total", "Same.", {{"k", "a"}});
  auto& again = metrics::counter("feedctl_test_same_total", "Another help.", {{"k", "a"}});
  auto& b = metrics::counter("feedctl_test_same_total", "Same.", {{"k", "b"}});
  CHECK(&a == &again);
  CHECK(&a != &b);
  a.add();
  a.add(2.5);
  CHECK(again.value() == 3.5);
  CHECK(b.value() == 0);
}

TEST_CASE("the text is in the exposition format, sorted, with help and type") {
  metrics::counter("feedctl_test_b_total", "Things done.", {{"how", "a \"quote\""}}).add(4);
  metrics::gauge("feedctl_test_a", "Level.").set(-1.5);
  auto& waits = metrics::histogram("feedctl_test_c_seconds", "Waits.", {}, {0.1, 1});
  waits.observe(0.05);
  waits.observe(0.5);
  waits.observe(7);

  const auto text = metrics::exposition_text();
  CHECK(has_line(text, "# HELP feedctl_test_b_total Things done."));
  CHECK(has_line(text, "# TYPE feedctl_test_b_total counter"));
  CHECK(has_line(text, "feedctl_test_b_total{how=\"a \\\"quote\\\"\"} 4"));
  CHECK(has_line(text, "feedctl_test_a -1.5"));
  CHECK(has_line(text, "feedctl_test_c_seconds_bucket{le=\"0.1\"} 1"));
  CHECK(has_line(text, "feedctl_test_c_seconds_bucket{le=\"1\"} 2"));
  CHECK(has_line(text, "feedctl_test_c_seconds_bucket{le=\"+Inf\"} 3"));
  CHECK(has_line(text, "feedctl_test_c_seconds_count 3"));
  CHECK(text.find("# HELP feedctl_test_a ") < text.find("# HELP feedctl_test_b_total "));
  CHECK(text.back() == '\n');
}

TEST_CASE("a summary adds up the children of each family") {
  metrics::counter("feedctl_test_sum_total", "Sum.", {{"k", "a"}}).add(1);
  metrics::counter("feedctl_test_sum_total", "Sum.", {{"k", "b"}}).add(2);
  metrics::histogram("feedctl_test_sum_seconds", "Sum.", {{"k", "a"}}).observe(0.25);
  metrics::histogram("feedctl_test_sum_seconds", "Sum.", {{"k", "b"}}).observe(0.5);
  const auto sums = metrics::summary();
  CHECK(sums.at("feedctl_test_sum_total") == 3);
  CHECK(sums.at("feedctl_test_sum_seconds_count") == 2);
  CHECK(sums.at("feedctl_test_sum_seconds_sum") == 0.75);
  CHECK(sums.at("feedctl_build_info") == 1);
}

TEST_CASE("the process metrics are correct") {
  // The first thread of a process may bring another one along (the thread sanitizer's).
  std::thread([] {}).join();
  const auto before = metrics::summary();
  const int fd = open("/dev/null", O_RDONLY);
  std::thread waiting([] { std::this_thread::sleep_for(std::chrono::milliseconds(100)); });
  const auto during = metrics::summary();
  waiting.join();
  close(fd);

  CHECK(during.at("process_open_fds") == before.at("process_open_fds") + 1);
  CHECK(during.at("process_threads") == before.at("process_threads") + 1);
  CHECK(during.at("process_cpu_seconds_total") >= before.at("process_cpu_seconds_total"));
  CHECK(during.at("process_max_fds") == static_cast<double>(sysconf(_SC_OPEN_MAX)));
  CHECK(during.at("process_resident_memory_bytes") > 1024 * 1024);
  CHECK(during.at("process_virtual_memory_bytes") >= during.at("process_resident_memory_bytes"));
  const auto now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch());
  CHECK(during.at("process_start_time_seconds") <= now.count() + 1);
  CHECK(during.at("process_start_time_seconds") > now.count() - 600);
}

TEST_CASE("counting from many threads loses nothing") {
  auto& total = metrics::counter("feedctl_test_threads_total", "Threads.");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 10000; ++n) total.add();
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(total.value() == 40000);
}

TEST_CASE("the children of one family can be read, each with its labels") {
  metrics::counter("feedctl_test_family_total", "A.", {{"k", "a"}}).add(2);
  metrics::counter("feedctl_test_family_total", "A.", {{"k", "b"}}).add(3);
  metrics::counter("feedctl_test_family_total_more", "Another family.").add(5);
  metrics::gauge("feedctl_test_family", "Another family.").set(7);
  const auto samples = metrics::counter_samples("feedctl_test_family_total");
  REQUIRE(samples.size() == 2);
  CHECK(samples[0].labels == metrics::Labels{{"k", "a"}});
  CHECK(samples[0].value == 2);
  CHECK(samples[1].value == 3);
  CHECK(metrics::gauge_samples("feedctl_test_family").at(0).value == 7);
}

TEST_CASE("to read an unknown family makes no child") {
  CHECK(metrics::counter_samples("feedctl_test_unknown").empty());
  CHECK(metrics::gauge_samples("feedctl_test_unknown").empty());
  CHECK(metrics::histogram_samples("feedctl_test_unknown").empty());
  CHECK(metrics::exposition_text().find("feedctl_test_unknown") == std::string::npos);
}

TEST_CASE("the sample of a histogram has cumulative buckets, the last without a bound") {
  auto& times = metrics::histogram("feedctl_test_sample_seconds", "Times.", {{"k", "a"}}, {1, 2});
  for (const double seconds : {0.5, 1.5, 1.6, 9.0}) times.observe(seconds);
  const auto samples = metrics::histogram_samples("feedctl_test_sample_seconds");
  REQUIRE(samples.size() == 1);
  CHECK(samples[0].labels == metrics::Labels{{"k", "a"}});
  CHECK(samples[0].count == 4);
  REQUIRE(samples[0].buckets.size() == 3);
  CHECK(samples[0].buckets[0].upper_bound == 1);
  CHECK(samples[0].buckets[0].count == 1);
  CHECK(samples[0].buckets[1].count == 3);
  CHECK(samples[0].buckets[2].count == 4);
}
