#pragma once
// Reads the metrics of the server under load about once a second, on a thread of its own, so that a
// slow answer holds up nothing. A server without them is a note, not a failure.
//
// One thread uses it. The destructor waits for a call that is under way: at most the deadline of
// the client's options.
#include <condition_variable>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "concurrent/worker_thread.hpp"
#include "http_client/client.hpp"
#include "loadtest/load_result.hpp"
#include "loadtest/server_values.hpp"

namespace feedctl::loadtest {

// Any server that the command's user names, on private networks as well; 2 s and 8 MiB at most.
http_client::Options scrape_options();

// Where the metrics of `url` are: /metrics, unless it has a path. Error(usage): no URL.
std::string metrics_url(const std::string& url);

class MetricsScraper {
 public:
  // `url`: as for metrics_url().
  explicit MetricsScraper(const std::string& url, http_client::Options options = scrape_options());
  // Another process whose figures belong to it, such as a worker (work.port). Call it before the
  // first scrape(). Once it has answered, there is no sample without it, since sums would shrink.
  void add(const std::string& url);

  // Starts a reading for `second`, unless one is under way, and returns at once: with the newest
  // finished sample that was not returned before.
  std::optional<ServerSample> scrape(std::uint32_t second);
  // Waits for the reading under way, and returns what scrape() would.
  std::optional<ServerSample> finish();
  // For each process that failed to answer: how often, and why the last time.
  std::vector<std::string> notes() const;

 private:
  struct Source {
    std::string url;
    std::uint64_t readings = 0, failures = 0;
    std::string last_failure = {};
  };
  void run();
  std::optional<ServerSample> read(std::uint32_t second);
  // nullopt, and the reason: it did not answer with metrics.
  std::optional<std::string> fetch(const std::string& url, std::string& failure) const;
  std::optional<ServerSample> take_newest();

  const http_client::Client client_;
  std::condition_variable finished_;
  ServerValues values_;  // of the thread
  // Under the lock of the thread:
  std::vector<Source> sources_;
  std::optional<std::uint32_t> wanted_;  // until it is read
  std::optional<ServerSample> newest_;
  concurrent::WorkerThread thread_;  // last
};

}  // namespace feedctl::loadtest
