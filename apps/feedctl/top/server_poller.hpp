#pragma once
// Reads one process's /metrics and health at an interval, on a thread of its own, so that one that
// hangs delays neither the others nor the screen. It keeps the newest reading only.
//
// The owner's thread calls take(). The destructor waits for the reading that is under way: at most
// the time-out.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "base/time.hpp"
#include "concurrent/worker_thread.hpp"
#include "feedctl/top/server_metrics.hpp"
#include "http_client/client.hpp"

namespace feedctl::cli::live {

struct Dependency {
  std::string name;  // "postgresql"
  bool is_up = false;
  std::string detail;  // "0.13 ms", or why it is down; may be ""
};

struct ServerHealth {
  std::string status;  // "ok", "degraded", ..; "": not known
  std::string reason;
  std::string index;  // "ready", "loading", "off"; "": it has none
  std::vector<Dependency> dependencies;
};

struct Reading {
  std::chrono::steady_clock::time_point at;
  std::string failure;  // "": it answered
  ServerMetrics metrics;
  ServerHealth health;
};

struct Source {
  std::string name;         // what the user named
  std::string metrics_url;  // "": `file`
  std::string file;         // a textfile of metrics on this machine
};

// Error(usage): no URL.
Source source_of_url(const std::string& url);
Source source_of_file(const std::string& file);

struct PollOptions {
  std::chrono::milliseconds interval{1000};
  std::chrono::milliseconds timeout{2000};  // of a reading
  Secret<std::string> token;                // sent as Authorization: Bearer; "": none
};

class ServerPoller {
 public:
  ServerPoller(Source source, const PollOptions& options);

  const Source& source() const { return source_; }
  // The newest reading, if it was not taken before.
  std::optional<Reading> take();
  void request_stop() { thread_.request_stop(); }

 private:
  void run();
  Reading read();
  http_client::Response get(const std::string& url, Deadline deadline) const;
  std::string read_metrics(Deadline deadline) const;
  ServerHealth read_health(Deadline deadline);

  const Source source_;
  const PollOptions options_;
  const http_client::Client client_;
  bool has_debug_health_ = true;     // of the thread; a worker has none
  std::optional<Reading> newest_;    // under the lock of the thread
  concurrent::WorkerThread thread_;  // last
};

// The health in the body of /debug/health or /health/ready, in texts fit for a terminal. Any text.
ServerHealth parse_health(const std::string& body);

}  // namespace feedctl::cli::live
