// A hundred clients send one command with one Idempotency-Key at the same time.
#include <atomic>
#include <set>
#include <thread>

#include "support/api.hpp"

using namespace feedctl;
using namespace feedctl::api;

TEST_CASE(
    "a hundred concurrent requests with one idempotency key create one post and all return it") {
  constexpr int clients = 100;
  support::FreshDatabase database;
  support::ServerProcess serve(database);
  const auto author = create_user(serve.client(), "ann");
  const auto body = R"({"text":"once","author_id":)" + std::to_string(author) + "}";
  std::vector<HttpResponse> answers(clients);
  std::vector<std::thread> threads;
  std::atomic<int> ready{0};
  for (auto& answer : answers) {
    threads.emplace_back([&] {
      const auto http = serve.client();
      for (++ready; ready < clients;) std::this_thread::yield();
      // In flight elsewhere, or the server is full: to be sent again.
      do {
        answer = http.post("/v1/posts", body, {{"Idempotency-Key", "\"one\""}});
      } while (answer.status == 409 || answer.status == 503);
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<std::int64_t> posts;
  int first = 0;
  for (const auto& answer : answers) {
    INFO(answer.body);
    REQUIRE(answer.status == 201);
    posts.insert(integer_member(parse_body(answer), "id"));
    if (answer.header("idempotency-replayed") != "true") ++first;
  }
  CHECK(posts.size() == 1);
  CHECK(first == 1);
  CHECK(database.execute("SELECT count(*) FROM posts") == "1");
  CHECK(database.execute("SELECT count(*) FROM events WHERE type = 5") == "1");
}
