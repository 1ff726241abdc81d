#pragma once
// What --check has found in a whole run, and the posts whose likes it compares at the end.
// Thread-safe: the sources of all threads share one.
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"

namespace feedctl::loadtest {

// What the checker's own commands have made of something. `unknown`: a command got no answer, so it
// may or may not have happened.
enum class Certainty : std::uint8_t { no, yes, unknown };

// A post of the checker as it should be once the load is over.
struct CheckedPost {
  Id id = 0;
  Certainty exists = Certainty::yes;
  std::map<Id, Certainty> likes = {};  // by user
};

class CheckLog {
 public:
  static constexpr std::size_t max_findings = 100;
  static constexpr std::size_t max_posts = 300;  // for the end; more are not compared there

  // One sentence. Beyond max_findings it is only counted.
  void add_finding(std::string sentence);
  void add_check();
  void add_post(CheckedPost post);
  // Why no script can run: the server refuses its commands. The first one is kept.
  void set_obstacle(std::string sentence);

  std::vector<std::string> findings() const;
  std::uint64_t finding_count() const;
  std::uint64_t check_count() const;  // comparisons made, good ones included
  std::vector<CheckedPost> posts() const;
  std::optional<std::string> obstacle() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> findings_;
  std::uint64_t finding_count_ = 0, check_count_ = 0;
  std::vector<CheckedPost> posts_;
  std::optional<std::string> obstacle_;
};

}  // namespace feedctl::loadtest
