#include "support/api.hpp"

#include <set>

namespace feedctl::api {

std::int64_t create_user(const HttpClient& http, const std::string& handle) {
  const auto answer =
      http.send_until_available("POST", "/v1/users", R"({"handle":")" + handle + R"("})");
  INFO(answer.body);
  REQUIRE(answer.status == 201);
  return integer_member(answer, "id");
}

std::int64_t create_post(const HttpClient& http, std::optional<std::int64_t> author,
                         const std::string& text) {
  std::string body = R"({"text":")" + text + "\"";
  if (author) body += R"(,"author_id":)" + std::to_string(*author);
  const auto answer = http.send_until_available("POST", "/v1/feed/posts/", body + "}");
  INFO(answer.body);
  REQUIRE(answer.status == 201);
  return integer_member(answer, "id");
}

HttpResponse like(const HttpClient& http, std::int64_t post, std::int64_t user) {
  return http.post("/v1/feed/posts/" + std::to_string(post) + "/likes/",
                   R"({"user_id":)" + std::to_string(user) + "}");
}

std::vector<std::int64_t> fetch_all_pages(const HttpClient& http, const std::string& path,
                                          const std::string& member, int limit) {
  std::vector<std::int64_t> ids;
  std::set<std::int64_t> seen;
  std::string cursor;
  const std::string start =
      path + (path.find('?') == std::string::npos ? "?" : "&") + "limit=" + std::to_string(limit);
  for (int pages = 0; pages < 100'000; ++pages) {
    const auto answer = http.get(start + (cursor.empty() ? "" : "&cursor=" + cursor));
    REQUIRE(answer.status == 200);
    const auto page = parse_body(answer);
    for (const auto& item : list_member(page, member)) {
      const auto id = integer_member(item, "id");
      if (!seen.insert(id).second) FAIL("id " << id << " stands in " << path << " twice");
      ids.push_back(id);
    }
    const auto next = support::text_or_null_in(page, "next_cursor");
    if (!next) return ids;
    cursor = *next;
  }
  FAIL("the list has no end: " << path);
  return ids;
}

}  // namespace feedctl::api
