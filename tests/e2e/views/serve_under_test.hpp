#pragma once
// A feedctl serve that records views and impressions, and requests of its users. Any thread may
// send requests; the rest is for one thread.
#include <cstdlib>
#include <string>

#include "e2e/views/view_world.hpp"
#include "support/eventually.hpp"
#include "support/http_client.hpp"
#include "support/json.hpp"
#include "support/server_process.hpp"

namespace feedctl::test {

// What became of a view that a client has posted.
enum class Answer {
  counted,   // now
  repeated,  // it was counted before
  unknown,   // no answer, or one that says neither
};

inline Answer post_view(const support::HttpClient& http, Id user, Id post) {
  const auto answer = http.post("/v1/views", "{\"postId\":" + std::to_string(post) + "}",
                                {{"X-User-Id", std::to_string(user)}});
  if (answer.status != 200) return Answer::unknown;
  if (support::flag_in(answer, "counted")) return Answer::counted;
  return support::text_in(answer, "reason") == "repeated" ? Answer::repeated : Answer::unknown;
}

// Reads page 1; whether it was shown.
inline bool show_page(const support::HttpClient& http) {
  return http.get("/api/v1/pages/1").status == 200;
}

// Impressions in the memory of serve.
inline double pending_impressions(const support::HttpClient& http) {
  const std::string name = "\nfeedctl_impressions_pending ";
  const auto answer = http.get("/metrics");
  const auto at = answer.body.find(name);
  if (at == std::string::npos) throw std::runtime_error("no metric" + name + answer.body);
  return std::stod(answer.body.substr(at + name.size()));
}

// Variables in the environment of the processes that this scope starts.
class ScopedEnvironment {
 public:
  explicit ScopedEnvironment(std::vector<std::string> variables) {
    for (const auto& variable : variables) {
      const auto equals = variable.find('=');
      names_.push_back(variable.substr(0, equals));
      ::setenv(names_.back().c_str(), variable.substr(equals + 1).c_str(), 1);
    }
  }
  ScopedEnvironment(const ScopedEnvironment&) = delete;
  ScopedEnvironment& operator=(const ScopedEnvironment&) = delete;
  ~ScopedEnvironment() {
    for (const auto& name : names_) ::unsetenv(name.c_str());
  }

 private:
  std::vector<std::string> names_;
};

}  // namespace feedctl::test
