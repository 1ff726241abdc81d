#include "e2e/nginx/client_load.hpp"

#include <memory>

#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/raw_client.hpp"

namespace feedctl::nginx_test {

using test::RawClient;

namespace {

// serve's own answer on a machine that is too busy; its client tries again.
bool is_too_slow(const test::RawResponse& answer) {
  return answer.status == 503 && answer.body.find("not done in time") != std::string::npos;
}

}  // namespace

ClientLoad::ClientLoad(int port, std::int64_t user, std::int64_t post,
                       const std::vector<Mix>& mixes)
    : port_(port), user_(user), post_(post) {
  int number = 0;
  for (const auto mix : mixes)
    clients_.emplace_back([this, number = number++, mix] { run(number, mix); });
}

void ClientLoad::stop() {
  stopping_ = true;
  for (auto& client : clients_) {
    if (client.joinable()) client.join();
  }
}

void ClientLoad::wait_for_answers(int more) const {
  const int before = answered_;
  CHECK(support::eventually([&] { return answered_ >= before + more; }));
}

std::vector<std::string> ClientLoad::failures() const {
  const std::lock_guard lock(mutex_);
  return failures_;
}

void ClientLoad::run(int number, Mix mix) {
  std::unique_ptr<RawClient> client;
  for (int i = 0; !stopping_; ++i) {
    std::string failure;
    const auto text = request(number, i, mix);
    try {
      if (!client) client = std::make_unique<RawClient>(port_);
      client->send(text);
      const auto answer = client->read_response();
      if (!answer)
        failure = "the answer was cut or did not come";
      else if (answer->status >= 300 && !is_too_slow(*answer) &&
               !(mix == Mix::changes && answer->status == 404))
        failure = "status " + std::to_string(answer->status) + ": " + answer->body;
      if (!answer || answer->header("connection") == "close") client.reset();
    } catch (const std::exception& error) {
      failure = error.what();
      client.reset();
    }
    ++answered_;
    if (!failure.empty()) {
      const std::lock_guard lock(mutex_);
      failures_.push_back(text.substr(0, text.find(" HTTP")) + ": " + failure);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
}

std::string ClientLoad::request(int number, int i, Mix mix) const {
  const std::string user = "X-User-Id: " + std::to_string(user_) + "\r\n";
  if (mix == Mix::reads) {
    const std::string paths[] = {"/v1/feed/hot?limit=5", "/v1/users/" + std::to_string(user_),
                                 "/v1/feed?limit=5", "/v1/posts/" + std::to_string(post_)};
    return "GET " + paths[i % 4] + " HTTP/1.1\r\nHost: t\r\n" + user + "\r\n";
  }
  if (mix == Mix::changes) {  // nothing to unlike: 404
    return "DELETE /v1/posts/" + std::to_string(post_) + "/likes HTTP/1.1\r\nHost: t\r\n" + user +
           "\r\n";
  }
  const auto name = std::to_string(number) + "-" + std::to_string(i);
  const std::string key = mix == Mix::posts ? "" : "Idempotency-Key: key-" + name + "\r\n";
  const auto body = R"({"text":"post )" + name + R"("})";
  return "POST /v1/posts HTTP/1.1\r\nHost: t\r\n" + user + key +
         "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

}  // namespace feedctl::nginx_test
