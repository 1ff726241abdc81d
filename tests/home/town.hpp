#pragma once
// Some people, two serves that answer home feeds from memory, and a third that does not.
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "api/api.hpp"
#include "support/json.hpp"
#include "support/workers.hpp"

namespace feedctl::test {

using namespace feedctl::api;
using support::eventually;
using support::HttpHeaders;
using namespace std::chrono_literals;

class Town {
 public:
  explicit Town(int people, support::Settings settings = {})
      : settings_(with_secret(std::move(settings))) {
    for (int i = 0; i < people; ++i)
      users.push_back(create_user(definition, "u" + std::to_string(i)));
    REQUIRE(eventually(20s, [&] { return ready(a) && ready(b); }));
  }

  static HttpHeaders as(std::int64_t user) { return {{"X-User-Id", std::to_string(user)}}; }
  static HttpAnswer feed(const HttpClient& http, std::int64_t user, const std::string& query = "",
                         HttpHeaders more = {}) {
    more.emplace_back("X-User-Id", std::to_string(user));
    return http.get("/v1/feed" + query, more);
  }
  static void follow(const HttpClient& http, std::int64_t who, std::int64_t whom) {
    const auto path = "/v1/users/" + std::to_string(whom) + "/follow";
    REQUIRE(http.insist("POST", path, "", as(who)).status < 300);
  }
  static HttpAnswer like(const HttpClient& http, std::int64_t who, std::int64_t post) {
    return http.post("/v1/posts/" + std::to_string(post) + "/likes", "", as(who));
  }
  // How many pages this process has given, from memory on its loops alone.
  static double from_memory(const HttpClient& http) { return pages_of(http, "index, on the loop"); }
  // The same by any source that the metric names.
  static double pages_of(const HttpClient& http, const std::string& source) {
    const std::string wanted = "feedctl_feed_pages_total{source=\"" + source + "\"} ";
    const auto text = http.get("/metrics").body;
    const auto at = text.find(wanted);
    return at == std::string::npos ? 0 : std::stod(text.substr(at + wanted.size()));
  }
  static bool ready(const HttpClient& http) {
    const auto health = parsed(http.get("/debug/health"));
    return text(support::member_in(health, "feed_index"), "status") == "ready";
  }
  // Every page of a feed, as one text.
  static std::string whole(const HttpClient& http, std::int64_t user, int limit) {
    std::string all;
    for (auto query = "?limit=" + std::to_string(limit);;) {
      const auto answer = feed(http, user, query);
      if (answer.status != 200) return all + std::to_string(answer.status);
      all += answer.body + '\n';
      const auto next = support::text_or_null_in(answer, "next_cursor");
      if (!next) return all;
      query = "?limit=" + std::to_string(limit) + "&cursor=" + *next;
    }
  }

  support::FreshDatabase database;
  support::Settings settings_;
  support::Serve serve_a{database, settings_}, serve_b{database, settings_};
  support::Serve serve_definition{database, without_index(settings_)};
  HttpClient a = serve_a.client(), b = serve_b.client();
  HttpClient definition = serve_definition.client();
  std::vector<std::int64_t> users;

 private:
  static support::Settings with_secret(support::Settings settings) {
    settings.try_emplace("server.secret_key", "the same key for all processes of the test");
    return settings;
  }
  static support::Settings without_index(support::Settings settings) {
    settings["feed.index"] = "off";
    settings["feed.materialize"] = "off";
    return settings;
  }
};

}  // namespace feedctl::test
