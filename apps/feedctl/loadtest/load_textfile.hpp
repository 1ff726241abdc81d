#pragma once
// `feedctl loadtest --textfile FILE`: the figures of each second, for the textfile collector of
// node_exporter, so that dashboards show the load beside what it does to the servers. For the
// thread that runs the load.
#include <string>

#include "loadtest/load_result.hpp"

namespace feedctl::cli {

class LoadTextfile {
 public:
  LoadTextfile(std::string path, const std::string& mix);
  ~LoadTextfile();  // as finish()
  LoadTextfile(const LoadTextfile&) = delete;
  LoadTextfile& operator=(const LoadTextfile&) = delete;

  // A file that cannot be written is a warning: the measurement counts more.
  void write(const loadtest::Interval& interval);
  // The load is over: it runs no more, and has no latencies.
  void finish();

 private:
  void set_running(bool is_running);
  void try_write();

  const std::string path_;
  const std::string mix_;
  bool is_finished_ = false;
  bool has_warned_ = false;
};

}  // namespace feedctl::cli
