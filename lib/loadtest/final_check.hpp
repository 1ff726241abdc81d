#pragma once
// The end of --check: compares the checker's own posts with the commands that were answered.
//
// It runs once the load is over, since only then a count and its rows stand still. Commands without
// an answer may or may not have happened: both is right. Plain functions; any thread. They ask the
// server by requests of their own.
#include <functional>
#include <optional>
#include <string>

#include "loadtest/check_log.hpp"

namespace feedctl::loadtest {

struct FetchedAnswer {
  int status = 0;
  std::string body, request_id;
};
// Reads a target such as "/v1/posts/1". No value: there is no answer.
using Fetch = std::function<std::optional<FetchedAnswer>(const std::string& target)>;

struct FinalCheck {
  std::size_t compared = 0;
  // Posts that could not be read. After three in a row the rest is not tried.
  std::size_t unanswered = 0;
};

// Adds findings to the log. `wait` is called before a post is read once more, because a request
// that timed out may still be at work; it sleeps.
FinalCheck check_final_state(CheckLog& log, const Fetch& fetch, const std::function<void()>& wait);

// A Fetch from the server at `url` ("http://127.0.0.1:8000"). Error(invalid_argument): no URL.
Fetch make_fetch(const std::string& url);

}  // namespace feedctl::loadtest
