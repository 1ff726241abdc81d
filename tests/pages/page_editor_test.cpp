// Pages as editors make and change them (rows S1-2, S1-3, S1-10, S1-21).
#include "editor_fixture.hpp"

using namespace feedctl;
using namespace feedctl::test;
using http::Method;

namespace {

std::vector<Id> links_in(const http::Response& page) {
  std::vector<Id> links;
  for (const auto& item : support::list_in(page, "contents"))
    links.push_back(support::integer_in(item, "link_id"));
  return links;
}

}  // namespace

TEST_CASE("a page is made as a draft, filled, published, and then shown to readers") {
  EditorFixture fixture;
  const auto made = fixture.post("pages", R"({"title": "How bread rises"})");
  REQUIRE(made.status == 201);
  CHECK(etag_in(made) == "\"1\"");
  auto copy = made;
  CHECK(*copy.find_header("Location") == "/api/v1/admin/pages/1");
  CHECK(copy.find_header("Cache-Control") == nullptr);  // the server adds no-store
  CHECK(support::text_in(made, "state") == "draft");
  CHECK(support::integer_in(made, "version") == 1);
  CHECK(support::text_in(made, "url") == "http://example.org/api/v1/pages/1/");
  CHECK(support::list_in(made, "contents").empty());
  CHECK(fixture.client.get("/api/v1/pages/1/").status == 404);

  const auto value = fixture.add_audio("A word");
  const auto filled = fixture.post("pages/1/contents", R"({"content": ")" + value + "\"}", "\"1\"");
  REQUIRE(filled.status == 200);
  CHECK(etag_in(filled) == "\"2\"");
  const auto published = fixture.patch("pages/1", R"({"state": "published"})", "\"2\"");
  CHECK(published.status == 200);
  CHECK(support::integer_in(published, "version") == 3);
  CHECK(fixture.get("pages/1").body == published.body);
  const auto shown = fixture.client.get("/api/v1/pages/1/");
  CHECK(shown.body == R"({"id":1,"title":"How bread rises","contents":[)"
                      R"({"id":1,"type":"audio","title":"A word","counter":0,"text":"t"}]})");
  CHECK(fixture.patch("pages/1", R"({"state": "draft"})").status == 200);
  CHECK(fixture.client.get("/api/v1/pages/1/").status == 404);
}

TEST_CASE("a page shows its contents to editors as they are stored") {
  EditorFixture fixture;
  const auto value = fixture.add_audio("A word");
  CHECK(value == "pages.audiocontent:1");
  const auto page = fixture.add_page("p", {value});
  const auto answer = fixture.get(path_of("pages", page));
  const auto item = support::list_in(answer, "contents").at(0);
  const auto& content = support::member_in(item, "content");
  CHECK(support::integer_in(content, "id") == 1);
  CHECK(support::text_in(content, "value") == value);
  CHECK(support::text_in(content, "type") == "audio");
  CHECK(support::integer_in(content, "counter") == 0);
  CHECK(support::integer_in(content, "version") == 1);
  CHECK(support::text_in(content, "text") == "t");
}

TEST_CASE("the whole list of contents may be given: links stay where their contents do") {
  EditorFixture fixture;
  std::vector<std::string> values;
  for (const char* title : {"a", "b", "c", "d"}) values.push_back(fixture.add_audio(title));
  const auto page = fixture.add_page("p", {values[0], values[1], values[0]});
  const auto path = path_of("pages", page);
  const auto before = links_in(fixture.get(path));
  REQUIRE(before.size() == 3);
  const auto changed = fixture.patch(
      path, R"({"contents": )" + EditorFixture::list_of({values[3], values[0], values[1]}) + "}");
  REQUIRE(changed.status == 200);
  const auto after = links_in(changed);
  REQUIRE(after.size() == 3);
  CHECK(after[1] == before[0]);
  CHECK(after[2] == before[1]);
  CHECK(after[0] > before[2]);
  CHECK(fixture.contents_of(page) == "4 1 2");
  CHECK(fixture.patch(path, R"({"contents": []})").status == 200);
  CHECK(fixture.contents_of(page).empty());
}

TEST_CASE("a content is put at a position, moved and taken off") {
  EditorFixture fixture;
  std::vector<std::string> values;
  for (const char* title : {"a", "b", "c"}) values.push_back(fixture.add_audio(title));
  const auto page = fixture.add_page("p", {values[0], values[1]});
  const auto add = path_of("pages", page) + "/contents";
  const auto put = [&](const std::string& rest) {
    return fixture.post(add, R"({"content": ")" + values[2] + "\"" + rest + "}", "*");
  };
  REQUIRE(put(R"(, "position": 0)").status == 200);
  CHECK(fixture.contents_of(page) == "3 1 2");
  const auto last = put("");
  CHECK(fixture.contents_of(page) == "3 1 2 3");
  CHECK(faults_in(put(R"(, "position": 5)")) == "/position must be from 0 to 4");
  CHECK(faults_in(put(R"(, "position": -1)")) == "/position must be from 0 to 4");

  const auto link = path_of("page-contents", links_in(last)[3]);
  const auto version = etag_in(last);
  CHECK(fixture.patch(link, R"({"position": 1})", version).status == 200);
  CHECK(fixture.contents_of(page) == "3 3 1 2");
  CHECK(fixture.patch(link, R"({"position": 2})", version).status == 412);
  CHECK(faults_in(fixture.patch(link, R"({"position": 4})")) == "/position must be from 0 to 3");
  const auto taken = fixture.del(link);
  CHECK(taken.status == 200);
  CHECK(support::integer_in(taken, "id") == page);
  CHECK(fixture.contents_of(page) == "3 1 2");
  CHECK(fixture.del(link).status == 404);
}

TEST_CASE("a deleted page is gone with its links, and its contents stay") {
  EditorFixture fixture;
  const auto page = fixture.add_page("p", {fixture.add_audio("a")});
  const auto path = path_of("pages", page);
  CHECK(fixture.del(path, "").status == 428);
  CHECK(fixture.del(path, "\"9\"").status == 412);
  CHECK(fixture.del(path, "\"1\"").status == 204);
  CHECK(fixture.sql("SELECT count(*) FROM page_contents") == "0");
  CHECK(fixture.sql("SELECT count(*) FROM contents") == "1");
  for (const auto method : {Method::get, Method::patch, Method::del})
    CHECK(fixture.send(method, path, method == Method::patch ? "{}" : "", "*").status == 404);
}

TEST_CASE("a change needs the version that the editor has seen") {
  EditorFixture fixture;
  const auto page = fixture.add_page("p");
  const auto path = path_of("pages", page);
  const auto missing = fixture.patch(path, R"({"title": "q"})", "");
  CHECK(missing.status == 428);
  CHECK(support::text_in(missing, "detail").find("If-Match") != std::string::npos);
  // The server weakens the ETag of a compressed answer.
  int number = 0;
  for (const char* seen : {"\"1\"", "W/\"2\"", "\"9\", \"3\"", "*"}) {
    INFO(seen);
    const auto title = std::to_string(++number);
    CHECK(fixture.patch(path, R"({"title": ")" + title + "\"}", seen).status == 200);
  }
  for (const char* malformed : {"x", "5", "\"5", "5\"", "\"1\" \"5\"", "\"1\", *", "*, \"5\"",
                                "\"1\", 5", "W/5", ",", " "}) {
    INFO(malformed);
    const auto refused = fixture.patch(path, R"({"title": "lost"})", malformed);
    CHECK(refused.status == 400);
    CHECK(support::text_in(refused, "detail").find("If-Match: \"3\"") != std::string::npos);
  }
  for (const char* stale :
       {"\"1\"", "\"99\"", "\"\"", "\"x\"", "\"1\", \"2\"", "\"a,*,b\"", "\"*\"", "W/\"1\""}) {
    INFO(stale);
    const auto refused = fixture.patch(path, R"({"title": "lost"})", stale);
    CHECK(refused.status == 412);
    CHECK(refused.content_type == "application/problem+json");
    CHECK(support::integer_in(refused, "current_version") == 5);
    CHECK(etag_in(refused) == "\"5\"");
  }
  CHECK(fixture.sql("SELECT version FROM pages") == "5");
}

TEST_CASE("a change that changes nothing keeps the version and leaves no entry") {
  EditorFixture fixture;
  const auto value = fixture.add_audio("a");
  const auto page = fixture.add_page("p", {value});
  const auto entries = fixture.audit();
  const auto same =
      fixture.patch(path_of("pages", page),
                    R"({"title": "p", "state": "published", "contents": [")" + value + "\"]}");
  CHECK(same.status == 200);
  CHECK(etag_in(same) == "\"1\"");
  CHECK(fixture.patch(path_of("pages", page), "{}").status == 200);
  CHECK(fixture.audit() == entries);
}

TEST_CASE("each change of a page has one entry of the audit log, with what changed") {
  EditorFixture fixture;
  const auto value = fixture.add_audio("a");
  const auto page = fixture.add_page("p");
  const auto path = path_of("pages", page);
  fixture.patch(path, R"({"title": "q"})");
  fixture.post(path + "/contents", R"({"content": ")" + value + "\"}", "*");
  fixture.patch(path, R"({"title": ""})");
  fixture.del(path);
  CHECK(fixture.audit() ==
        "content.create content:1; page.create page:1; page.update page:1; page.update page:1; "
        "page.delete page:1");
  CHECK(fixture.audit("actor || actor_name") == "7eda; 7eda; 7eda; 7eda; 7eda");
  CHECK(fixture.audit("coalesce(before::text, '-')") ==
        R"(-; -; {"title": "p"}; {"contents": []}; )"
        R"({"state": "published", "title": "q", "contents": ["pages.audiocontent:1"]})");
  CHECK(fixture.audit("coalesce(after::text, '-')") ==
        R"({"text": "t", "type": "audio", "title": "a"}; )"
        R"({"state": "published", "title": "p", "contents": []}; )"
        R"({"title": "q"}; {"contents": ["pages.audiocontent:1"]}; -)");
}

TEST_CASE("pages are listed newest first, by ten, searched by title and number, and by state") {
  EditorFixture fixture;
  for (int i = 1; i <= 12; ++i) fixture.add_page("Page " + std::to_string(i));
  fixture.patch("pages/3", R"({"state": "draft"})");
  const auto ids = [&](const std::string& query) {
    std::string text;
    for (const auto& row : support::list_in(fixture.get("pages" + query), "results"))
      text += std::to_string(support::integer_in(row, "id")) + " ";
    return text;
  };
  CHECK(ids("") == "12 11 10 9 8 7 6 5 4 3 ");
  CHECK(ids("?page=2") == "2 1 ");
  CHECK(ids("?page=last") == "2 1 ");
  CHECK(ids("?state=draft") == "3 ");
  CHECK(ids("?search=pAGE 1") == "12 11 10 1 ");
  CHECK(ids("?search=3") == "3 ");
  CHECK(ids("?search=3&state=published") == "");
  CHECK(ids("?search=e 1&state=published") == "12 11 10 1 ");
  CHECK(ids("?search=%_") == "");
  const auto first = fixture.get("pages?search=page");
  CHECK(support::integer_in(first, "count") == 12);
  CHECK(support::text_or_null_in(first, "next") ==
        "http://example.org/api/v1/admin/pages?search=page&page=2");
  const auto row = support::list_in(fixture.get("pages?state=draft"), "results").at(0);
  CHECK(support::text_in(row, "state") == "draft");
  CHECK(support::integer_in(row, "version") == 2);
  CHECK(support::integer_in(row, "content_count") == 0);
  CHECK(fixture.get("pages?page=3").status == 404);
  CHECK(fixture.get("pages?state=hidden").status == 400);
  CHECK(fixture.get("pages?search=" + std::string(201, 'a')).status == 400);
}

TEST_CASE("only editors and admins have these routes") {
  EditorFixture fixture;
  const auto status = [&](const EditorFixture::Headers& headers) {
    return fixture.client.get("/api/v1/admin/pages", headers).status;
  };
  CHECK(status({}) == 401);
  CHECK(status(fixture.token_of(EditorFixture::user_id)) == 403);
  CHECK(status(fixture.token_of(EditorFixture::editor_id)) == 200);
  CHECK(status(fixture.token_of(EditorFixture::admin_id)) == 200);
  CHECK(fixture.client.get("/api/v1/admin/pages/", fixture.editor).status == 200);
}
