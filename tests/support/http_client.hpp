#pragma once
// A plain HTTP client for tests, over keep-alive connections. Thread-safe: each call uses a
// connection of its own, kept for the next call. Redirects are not followed.
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace feedctl::support {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpResponse {
  int status = 0;                                   // 0: no answer; `body` says why
  std::multimap<std::string, std::string> headers;  // names in lowercase
  std::string body;
  // The first one of that name (in lowercase), or "".
  std::string header(const std::string& name) const;
};

// Called for each answer to a request of any client, on the thread that sent the request.
using AnswerObserver = std::function<void(const std::string& method, const std::string& target,
                                          const HttpResponse& answer)>;

class HttpClient {
 public:
  // For all clients of the process. Set it before the first request.
  static void observe_answers(AnswerObserver observer);

  explicit HttpClient(int port, std::string host = "127.0.0.1",
                      std::chrono::milliseconds timeout = std::chrono::milliseconds{30'000});
  HttpClient(HttpClient&&) noexcept;
  ~HttpClient();

  // A body is sent as application/json unless a header says otherwise.
  HttpResponse send(const std::string& method, const std::string& target,
                    const std::string& body = "", const HttpHeaders& headers = {}) const;

  // Again until it is answered by something else than 503, which a busy machine may give, for two
  // minutes at most. Where X-User-Id names a user, a key lets the command happen once.
  HttpResponse send_until_available(const std::string& method, const std::string& target,
                                    const std::string& body = "", HttpHeaders headers = {}) const;

  HttpResponse get(const std::string& target, const HttpHeaders& headers = {}) const {
    return send("GET", target, "", headers);
  }
  HttpResponse post(const std::string& target, const std::string& body = "",
                    const HttpHeaders& headers = {}) const {
    return send("POST", target, body, headers);
  }
  HttpResponse put(const std::string& target, const std::string& body = "",
                   const HttpHeaders& headers = {}) const {
    return send("PUT", target, body, headers);
  }
  HttpResponse patch(const std::string& target, const std::string& body = "",
                     const HttpHeaders& headers = {}) const {
    return send("PATCH", target, body, headers);
  }
  HttpResponse del(const std::string& target, const HttpHeaders& headers = {}) const {
    return send("DELETE", target, "", headers);
  }

 private:
  class Pool;
  std::unique_ptr<Pool> pool_;
};

}  // namespace feedctl::support
