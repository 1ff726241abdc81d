#pragma once
// Some people, two serves that answer home feeds from memory, and a third that does not.
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "support/api.hpp"
#include "support/json.hpp"
#include "support/worker_processes.hpp"

namespace feedctl::test {

using namespace feedctl::api;
using support::eventually;
using support::HttpHeaders;
using namespace std::chrono_literals;

class HomeFeedCluster {
 public:
  explicit HomeFeedCluster(int people, support::Settings settings = {})
      : settings_(with_secret(std::move(settings))) {
    for (int i = 0; i < people; ++i)
      users.push_back(create_user(reference, "u" + std::to_string(i)));
    REQUIRE(eventually(20s, [&] { return is_index_ready(a) && is_index_ready(b); }));
  }

  static HttpHeaders as_user(std::int64_t user) { return {{"X-User-Id", std::to_string(user)}}; }
  static HttpResponse feed(const HttpClient& http, std::int64_t user, const std::string& query = "",
                           HttpHeaders more = {}) {
    more.emplace_back("X-User-Id", std::to_string(user));
    return http.get("/v1/feed" + query, more);
  }
  static void follow(const HttpClient& http, std::int64_t who, std::int64_t whom) {
    const auto path = "/v1/users/" + std::to_string(whom) + "/follow";
    REQUIRE(http.send_until_available("POST", path, "", as_user(who)).status < 300);
  }
  static HttpResponse like(const HttpClient& http, std::int64_t who, std::int64_t post) {
    return http.post("/v1/posts/" + std::to_string(post) + "/likes", "", as_user(who));
  }
  // How many pages this process has given, from memory on its loops alone.
  static double pages_from_memory(const HttpClient& http) {
    return pages_by_source(http, "index, on the loop");
  }
  // The same by any source that the metric names.
  static double pages_by_source(const HttpClient& http, const std::string& source) {
    const std::string wanted = "feedctl_feed_pages_total{source=\"" + source + "\"} ";
    const auto text = http.get("/metrics").body;
    const auto at = text.find(wanted);
    return at == std::string::npos ? 0 : std::stod(text.substr(at + wanted.size()));
  }
  // A metric without labels; 0 if there is none.
  static double metric(const HttpClient& http, const std::string& name) {
    const auto text = "\n" + http.get("/metrics").body;
    const auto at = text.find("\n" + name + " ");
    return at == std::string::npos ? 0 : std::stod(text.substr(at + name.size() + 2));
  }
  static bool is_index_ready(const HttpClient& http) {
    const auto health = parse_body(http.get("/debug/health"));
    return text_member(support::member_in(health, "feed_index"), "status") == "ready";
  }
  // Every page of a feed, as one text.
  static std::string fetch_all_pages(const HttpClient& http, std::int64_t user, int limit) {
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
  support::ServerProcess serve_a{database, settings_}, serve_b{database, settings_};
  support::ServerProcess reference_server{database, without_index(settings_)};
  HttpClient a = serve_a.client(), b = serve_b.client();
  HttpClient reference = reference_server.client();
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
