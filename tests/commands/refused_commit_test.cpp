// A COMMIT that the server refuses fails the request that it was for, and no other.
#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "base/json.hpp"
#include "support/catch.hpp"
#include "support/server_process.hpp"

using namespace feedctl;
using namespace feedctl::support;

namespace {

std::string id_in(const HttpResponse& answer) {
  INFO(answer.status << " " << answer.body);
  REQUIRE(answer.status == 201);
  return std::to_string(*json::parse(answer.body).find("id")->integer());
}

std::vector<std::string> posts_of(const HttpClient& client, const std::string& user, int count) {
  std::vector<std::string> posts;
  for (int i = 0; i < count; ++i)
    posts.push_back(id_in(client.post("/v1/posts", R"({"text":"x"})", {{"X-User-Id", user}})));
  return posts;
}

// How they were answered, all at once.
std::set<int> send_concurrently(std::size_t count, const std::function<int(std::size_t)>& send) {
  std::vector<std::thread> threads;
  std::vector<int> statuses(count);
  for (std::size_t i = 0; i < count; ++i) threads.emplace_back([&, i] { statuses[i] = send(i); });
  for (auto& thread : threads) thread.join();
  return {statuses.begin(), statuses.end()};
}

}  // namespace

TEST_CASE("after deletions whose COMMIT was refused every read is answered") {
  const FreshDatabase fresh;
  const ServerProcess serve(fresh);
  const auto client = serve.client();
  const auto user = id_in(client.post("/v1/users", R"({"handle":"ann"})"));
  const auto posts = posts_of(client, user, 8);
  fresh.execute(
      "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no' "
      "USING ERRCODE = 'serialization_failure'; END $$; CREATE CONSTRAINT TRIGGER lose AFTER "
      "UPDATE OR DELETE ON posts DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "
      "lose()");
  const auto erase = [&](std::size_t i) {
    return client.del("/v1/posts/" + posts[i], {{"X-User-Id", user}}).status;
  };
  CHECK(send_concurrently(posts.size(), erase) == std::set<int>{503});
  const auto read = [&](std::size_t) { return client.get("/v1/users/" + user).status; };
  CHECK(send_concurrently(40, read) == std::set<int>{200});
  fresh.execute("DROP TRIGGER lose ON posts; SELECT 1");
  CHECK(send_concurrently(posts.size(), erase) == std::set<int>{204});
  CHECK(serve.output().find("still active") == std::string::npos);
}

TEST_CASE("at serializable isolation deletions conflict only with each other") {
  const FreshDatabase fresh;
  const auto set = [&](const std::string& how) {
    fresh.execute("ALTER DATABASE " + fresh.name() + " " + how);
  };
  set("SET default_transaction_isolation = 'serializable'");
  const ServerProcess serve(fresh);
  const auto client = serve.client();
  const auto user = id_in(client.post("/v1/users", R"({"handle":"ann"})"));
  const auto posts = posts_of(client, user, 40);
  const auto erase = [&](std::size_t i) {
    return client.del("/v1/posts/" + posts[i], {{"X-User-Id", user}}).status;
  };
  for (const int status : send_concurrently(posts.size(), erase))
    CHECK((status == 204 || status == 503));
  const auto read = [&](std::size_t) { return client.get("/v1/users/" + user).status; };
  CHECK(send_concurrently(40, read) == std::set<int>{200});
}
