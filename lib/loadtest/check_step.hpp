#pragma once
// One step of a script of --check: a request, and what its answer must be. Plain values.
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "loadtest/request_source.hpp"
#include "loadtest/user_pool.hpp"

namespace feedctl::loadtest {

// No other traffic may act as it; id 0: a request without an actor.
using CheckUser = LoadUser;

struct CheckRequest {
  std::string method = "GET";
  std::string target;
  CheckUser actor = {};
  std::string body = {};             // JSON
  std::string idempotency_key = {};  // of a command: the same one for each try
};

// Replaces `out` by the request as HTTP/1.1.
void write_request(std::string& out, const std::string& host, const CheckRequest& request);

struct Step;
using Steps = std::deque<Step>;

struct Step {
  // No value: there is nothing to check now.
  std::function<std::optional<CheckRequest>()> make;
  std::vector<int> statuses;  // that are right
  // Of an answer with one of these statuses. Returns the steps that come next. Error(bad_data): the
  // answer is not what the API describes.
  std::function<Steps(const Answer&)> check;
  // The command may or may not have happened, and no answer will tell.
  std::function<void()> on_unknown = {};
  std::string what;           // for findings: "the home feed of user 42"
  bool is_made_anew = false;  // for each try
  bool is_min_token_read = false;
};

}  // namespace feedctl::loadtest
