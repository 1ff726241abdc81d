#include "pages/routes.hpp"

#include "support/catch.hpp"
#include "support/database_options.hpp"
#include "support/fresh_database.hpp"
#include "support/in_process.hpp"
#include "support/json.hpp"

using namespace feedctl;
using http::Method;

namespace {

// The routes over an empty database; `shown` is what readers were shown, as "label: id id".
struct PagesFixture {
  static store::Options options(const support::FreshDatabase& fresh) {
    auto made = support::long_timeouts();
    made.url = fresh.url();
    return made;
  }
  PagesFixture() {
    pages::add_routes(router, {pages, [this](std::string_view label, std::span<const Id> ids) {
                                 std::string text(label);
                                 for (const auto id : ids) text += " " + std::to_string(id);
                                 shown.push_back(text);
                               }});
  }

  void add_pages(int count) const {
    fresh.execute(
        "INSERT INTO pages (id, title, state) SELECT n, 'Page ' || n, 'published' "
        "FROM generate_series(1, " +
        std::to_string(count) + ") n");
  }
  void add_content(Id id, const std::string& type, const std::string& payload) const {
    fresh.execute("INSERT INTO contents (id, type, title, counter, payload) VALUES (" +
                  std::to_string(id) + ", '" + type + "', 'Content " + std::to_string(id) + "', " +
                  std::to_string(10 * id) + ", '" + payload + "')");
  }
  void link(Id id, Id page, Id content, int position) const {
    fresh.execute("INSERT INTO page_contents (id, page_id, content_id, position) VALUES (" +
                  std::to_string(id) + ", " + std::to_string(page) + ", " +
                  std::to_string(content) + ", " + std::to_string(position) + ")");
  }
  http::Response get(const std::string& query = "") const {
    return client.get("/api/v1/pages/" + query, {{"host", "Example.org:8000"}});
  }

  support::FreshDatabase fresh;
  store::Database database{options(fresh)};
  auth::Auth auth{auth::Options{}, database};
  pages::ContentTypes types;
  pages::Pages pages{database, types};
  std::vector<std::string> shown;
  http::Router router;
  support::InProcessClient client{router, auth};
};

std::vector<Id> ids_in(const http::Response& response, std::string_view list) {
  std::vector<Id> ids;
  for (const auto& item : support::list_in(response, list))
    ids.push_back(support::integer_in(item, "id"));
  return ids;
}

std::optional<std::string> link_in(const http::Response& response, std::string_view name) {
  return support::text_or_null_in(response, name);
}

void check_not_found(const http::Response& response) {
  CHECK(response.status == 404);
  CHECK(response.content_type == "application/problem+json");
}

const std::string base = "http://example.org:8000/api/v1/pages/";

}  // namespace

TEST_CASE("the list is an envelope of count, links and results with absolute URLs") {
  PagesFixture fixture;
  fixture.add_pages(2);
  const auto response = fixture.get();
  CHECK(response.status == 200);
  CHECK(response.body == R"({"count":2,"next":null,"previous":null,"results":[)"
                         R"({"id":1,"title":"Page 1","url":")" +
                             base + R"(1/"},{"id":2,"title":"Page 2","url":")" + base +
                             R"(2/"}]})");
  CHECK(fixture.client.get("/api/v1/pages", {{"host", "Example.org:8000"}}).body == response.body);
  CHECK(fixture.shown.empty());
}

TEST_CASE("the list has ten pages a page, in the order of their ids, and links to its neighbours") {
  PagesFixture fixture;
  fixture.add_pages(23);
  const auto first = fixture.get();
  CHECK(support::integer_in(first, "count") == 23);
  CHECK(ids_in(first, "results") == std::vector<Id>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  CHECK(link_in(first, "next") == base + "?page=2");
  CHECK_FALSE(link_in(first, "previous"));
  CHECK(fixture.get("?page=1").body == first.body);

  const auto second = fixture.get("?page=2");
  CHECK(ids_in(second, "results") == std::vector<Id>{11, 12, 13, 14, 15, 16, 17, 18, 19, 20});
  CHECK(link_in(second, "next") == base + "?page=3");
  CHECK(link_in(second, "previous") == base);

  const auto third = fixture.get("?page=3");
  CHECK(ids_in(third, "results") == std::vector<Id>{21, 22, 23});
  CHECK_FALSE(link_in(third, "next"));
  CHECK(link_in(third, "previous") == base + "?page=2");
  CHECK(fixture.get("?page=last").body == third.body);
}

TEST_CASE("a full last page has no next page") {
  PagesFixture fixture;
  fixture.add_pages(20);
  const auto last = fixture.get("?page=2");
  CHECK(ids_in(last, "results").size() == 10);
  CHECK_FALSE(link_in(last, "next"));
  CHECK(fixture.get("?page=last").body == last.body);
  check_not_found(fixture.get("?page=3"));
}

TEST_CASE("the links to the neighbours keep other query parameters") {
  PagesFixture fixture;
  fixture.add_pages(30);
  const auto response = fixture.get("?lang=de&page=2&q=a b");
  CHECK(link_in(response, "next") == base + "?lang=de&q=a%20b&page=3");
  CHECK(link_in(response, "previous") == base + "?lang=de&q=a%20b");
}

TEST_CASE("an empty list has one empty page") {
  PagesFixture fixture;
  const auto* empty = R"({"count":0,"next":null,"previous":null,"results":[]})";
  for (const auto* query : {"", "?page=", "?page=1", "?page=last"}) {
    INFO(query);
    CHECK(fixture.get(query).body == empty);
  }
  check_not_found(fixture.get("?page=2"));
}

TEST_CASE("a page of the list that does not exist is not found") {
  PagesFixture fixture;
  fixture.add_pages(3);
  for (const auto* page : {"2", "0", "-1", "1.5", "x", "01", "9223372036854775807",
                           "9223372036854775808", "922337203685477580"}) {
    INFO(page);
    const auto response = fixture.get(std::string("?page=") + page);
    check_not_found(response);
    CHECK(support::text_in(response, "error") == "Invalid page");
  }
  CHECK(fixture.get("?page=1&page=2").status == 400);
}

TEST_CASE("a page shows its contents with the members of their types") {
  PagesFixture fixture;
  fixture.add_pages(1);
  fixture.add_content(1, "video",
                      R"({"subtitles_url": "https://a/b.vtt", "file_url": "https://a/b.mp4"})");
  fixture.add_content(2, "audio", R"({"text": "a \"word\""})");
  fixture.link(1, 1, 1, 0);
  fixture.link(2, 1, 2, 0);
  const auto response = fixture.get("1/");
  CHECK(response.status == 200);
  CHECK(response.body ==
        R"({"id":1,"title":"Page 1","contents":[)"
        R"({"id":1,"type":"video","title":"Content 1","counter":10,)"
        R"("file_url":"https://a/b.mp4","subtitles_url":"https://a/b.vtt"},)"
        R"({"id":2,"type":"audio","title":"Content 2","counter":20,"text":"a \"word\""}]})");
  CHECK(fixture.get("1").body == response.body);
}

TEST_CASE("contents come by position, then by the id of their link") {
  PagesFixture fixture;
  fixture.add_pages(2);
  for (const Id id : {1, 2, 3, 4}) fixture.add_content(id, "audio", R"({"text": ""})");
  fixture.link(9, 1, 1, 2);
  fixture.link(7, 1, 2, 5);
  fixture.link(8, 1, 3, 2);
  fixture.link(3, 1, 4, 1);
  fixture.link(4, 2, 1, 0);
  CHECK(ids_in(fixture.get("1/"), "contents") == std::vector<Id>{4, 3, 1, 2});
  CHECK(ids_in(fixture.get("2/"), "contents") == std::vector<Id>{1});
}

TEST_CASE("a missing optional member is null, and a content of an unknown type is left out") {
  PagesFixture fixture;
  fixture.add_pages(1);
  fixture.add_content(1, "video", R"({"file_url": "https://a/b.mp4"})");
  fixture.add_content(2, "hologram", R"({"depth": 3})");
  fixture.link(1, 1, 2, 0);
  fixture.link(2, 1, 1, 1);
  const auto response = fixture.get("1/");
  REQUIRE(ids_in(response, "contents") == std::vector<Id>{1});
  CHECK(support::member_in(support::list_in(response, "contents")[0], "subtitles_url").is_null());
  CHECK(fixture.shown == std::vector<std::string>{"pages.videocontent 1"});
}

TEST_CASE("a page without contents is shown with an empty list") {
  PagesFixture fixture;
  fixture.add_pages(1);
  CHECK(fixture.get("1/").body == R"({"id":1,"title":"Page 1","contents":[]})");
  CHECK(fixture.shown.empty());
}

TEST_CASE("a page that does not exist is not found") {
  PagesFixture fixture;
  fixture.add_pages(1);
  for (const auto* id : {"2/", "0/", "-1/", "x/", "9223372036854775808/"}) {
    INFO(id);
    check_not_found(fixture.get(id));
  }
  CHECK(fixture.shown.empty());
}

TEST_CASE("a draft is neither listed nor shown, and counts nothing") {
  PagesFixture fixture;
  fixture.add_pages(12);
  fixture.add_content(1, "audio", R"({"text": "x"})");
  fixture.link(1, 5, 1, 0);
  fixture.fresh.execute("UPDATE pages SET state = 'draft' WHERE id IN (1, 5, 12)");
  const auto list = fixture.get();
  CHECK(support::integer_in(list, "count") == 9);
  CHECK(ids_in(list, "results") == std::vector<Id>{2, 3, 4, 6, 7, 8, 9, 10, 11});
  check_not_found(fixture.get("?page=2"));
  check_not_found(fixture.get("5/"));
  CHECK(fixture.shown.empty());
}

TEST_CASE("who reads a page is said to have seen its contents, by label; a HEAD shows none") {
  PagesFixture fixture;
  fixture.add_pages(1);
  for (const Id id : {1, 2, 3}) fixture.add_content(id, "video", R"({"file_url": "/v"})");
  fixture.add_content(4, "audio", R"({"text": "x"})");
  Id link = 0;
  for (const Id content : {3, 4, 1}) fixture.link(++link, 1, content, 0);
  CHECK(fixture.client.send(Method::head, "/api/v1/pages/1/").status == 200);
  CHECK(fixture.shown.empty());
  fixture.get("1/");
  CHECK(fixture.shown ==
        std::vector<std::string>{"pages.videocontent 3 1", "pages.audiocontent 4"});
}
