#include "support/http_client.hpp"

#include <httplib.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "base/ascii.hpp"

namespace feedctl::support {

namespace {

AnswerObserver& answer_observer() {
  static AnswerObserver observer;
  return observer;
}

}  // namespace

void HttpClient::observe_answers(AnswerObserver observer) {
  answer_observer() = std::move(observer);
}

class HttpClient::Pool {
 public:
  Pool(int port, std::string host, std::chrono::milliseconds timeout)
      : port_(port), host_(std::move(host)), timeout_(timeout) {}

  std::unique_ptr<httplib::Client> take() {
    {
      std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        auto client = std::move(idle_.back());
        idle_.pop_back();
        return client;
      }
    }
    auto client = std::make_unique<httplib::Client>(host_, port_);
    client->set_keep_alive(true);
    client->set_tcp_nodelay(true);
    client->set_connection_timeout(timeout_);
    client->set_read_timeout(timeout_);
    client->set_write_timeout(timeout_);
    client->set_url_encode(false);
    return client;
  }

  void give_back(std::unique_ptr<httplib::Client> client) {
    std::lock_guard lock(mutex_);
    idle_.push_back(std::move(client));
  }

 private:
  const int port_;
  const std::string host_;
  const std::chrono::milliseconds timeout_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<httplib::Client>> idle_;
};

std::string HttpResponse::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

HttpClient::HttpClient(int port, std::string host, std::chrono::milliseconds timeout)
    : pool_(std::make_unique<Pool>(port, std::move(host), timeout)) {}
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient::~HttpClient() = default;

HttpResponse HttpClient::send(const std::string& method, const std::string& target,
                              const std::string& body, const HttpHeaders& headers) const {
  httplib::Request request;
  request.method = method;
  request.path = target;
  request.body = body;
  for (const auto& [name, value] : headers) request.headers.emplace(name, value);
  if (!body.empty() && !request.has_header("Content-Type")) {
    request.headers.emplace("Content-Type", "application/json");
  }
  auto client = pool_->take();
  const auto result = client->send(request);
  HttpResponse answer;
  if (!result) {
    answer.body = httplib::to_string(result.error());
    return answer;
  }
  answer.status = result->status;
  answer.body = result->body;
  for (const auto& [name, value] : result->headers) answer.headers.emplace(to_lower(name), value);
  pool_->give_back(std::move(client));
  if (const auto& observe = answer_observer()) observe(method, target, answer);
  return answer;
}

HttpResponse HttpClient::send_until_available(const std::string& method, const std::string& target,
                                              const std::string& body, HttpHeaders headers) const {
  static std::atomic<int> keys{0};
  const bool of_user = std::any_of(headers.begin(), headers.end(),
                                   [](const auto& field) { return field.first == "X-User-Id"; });
  if (of_user) headers.emplace_back("Idempotency-Key", "insist-" + std::to_string(++keys));
  const auto until = std::chrono::steady_clock::now() + std::chrono::minutes{2};
  for (;;) {
    auto answer = send(method, target, body, headers);
    if (answer.status != 503 || std::chrono::steady_clock::now() > until) return answer;
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
}

}  // namespace feedctl::support
