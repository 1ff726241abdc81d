#pragma once
// A listener on the loopback interface for the redirect of one sign-in (RFC 8252, 7.3). It answers
// one request at a time and bounds each in time and size. For one thread.
#include <chrono>
#include <optional>
#include <string>

#include "base/time.hpp"

namespace feedctl::cli {

// The query of the redirect, decoded.
struct LoginRedirect {
  std::string code;
  std::string error;
};

class LoopbackListener {
 public:
  // Listens on a free port of 127.0.0.1. Error(failed) if there is none.
  LoopbackListener();
  ~LoopbackListener();
  LoopbackListener(const LoopbackListener&) = delete;
  LoopbackListener& operator=(const LoopbackListener&) = delete;

  std::string redirect_uri() const;
  // The first request of the redirect's path with this state; others are answered with 404.
  // nullopt: none has come in time.
  std::optional<LoginRedirect> wait(const std::string& state, const Deadline& deadline);

 private:
  std::optional<LoginRedirect> answer(int connection, const std::string& state);

  int fd_ = -1;
  int port_ = 0;
};

// Of the first line of a request: nullopt unless it is a GET of the redirect with this state.
std::optional<LoginRedirect> parse_redirect(const std::string& request, const std::string& state);

}  // namespace feedctl::cli
