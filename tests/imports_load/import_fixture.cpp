#include "import_fixture.hpp"

#include <algorithm>

#include "support/catch.hpp"

namespace feedctl::test {

imports::ImportedAccount account_of(const std::string& name) {
  return {"twitter", "id-" + name, name, "The name of " + name,
          parse_rfc3339("2010-01-01T00:00:00Z")};
}

std::vector<imports::ImportedPost> posts_of(int count, int from) {
  const auto old = *parse_rfc3339("2018-10-10T20:19:24Z");
  const auto recent = *parse_rfc3339("2025-10-10T20:19:24Z");
  std::vector<imports::ImportedPost> posts;
  for (int i = from; i < from + count; ++i) {
    imports::ImportedPost post;
    post.external_id = std::to_string(i);
    post.at = (i % 2 == 0 ? old : recent) + std::chrono::minutes{i};
    post.text = "post " + std::to_string(i) + " \"quoted\" {braces} \\ and \n lines";
    posts.push_back(std::move(post));
  }
  std::reverse(posts.begin(), posts.end());
  return posts;
}

imports::ImportReport import_account(store::Database& database, const std::string& name,
                                     const std::vector<imports::ImportedPost>& posts,
                                     const std::vector<std::string>& follows,
                                     imports::ImportOptions options) {
  imports::ImportLoad load(database, std::move(options));
  load.on_account(account_of(name));
  for (const auto& followee : follows) load.on_follow("id-" + followee);
  for (const auto& post : posts) load.on_post(post);
  load.finish();
  return load.report();
}

void check_consistent(const support::FreshDatabase& fresh) {
  CHECK(fresh.execute("SELECT count(*) FROM user_stats s WHERE followers <> (SELECT count(*) FROM "
                      "follows WHERE followee_id = s.user_id) OR following <> (SELECT count(*) "
                      "FROM follows WHERE follower_id = s.user_id)") == "0");
  CHECK(fresh.execute("SELECT (SELECT count(*) FROM posts WHERE deleted_at IS NULL) = (SELECT "
                      "count(*) FROM post_likes) AND (SELECT count(*) FROM users WHERE deleted_at "
                      "IS NULL) = (SELECT count(*) FROM user_stats)") == "t");
  for (const char* missing :
       {"SELECT count(*) FROM posts p WHERE (SELECT count(*) FROM events WHERE type = 5 AND actor "
        "= p.author_id AND object = p.id AND shard = p.shard) <> 1",
        "SELECT count(*) FROM users u WHERE (SELECT count(*) FROM events WHERE type = 7 AND "
        "object = u.id) <> 1",
        "SELECT count(*) FROM follows f WHERE (SELECT count(*) FROM events WHERE type = 3 AND "
        "actor = f.follower_id AND object = f.followee_id) <> 1",
        "SELECT count(*) FROM (SELECT created_at < lag(created_at) OVER (PARTITION BY author_id "
        "ORDER BY id) AS is_back FROM posts) x WHERE is_back"}) {
    INFO(missing);
    CHECK(fresh.execute(missing) == "0");
  }
}

int count(const support::FreshDatabase& fresh, const std::string& table) {
  return std::stoi(fresh.execute("SELECT count(*) FROM " + table));
}

}  // namespace feedctl::test
