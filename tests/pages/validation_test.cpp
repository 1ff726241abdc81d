// What editors may not write: every fault has its pointer, and all come at once.
#include "editor_fixture.hpp"
#include "pages/content_fields.hpp"

using namespace feedctl;
using namespace feedctl::test;

TEST_CASE("all faults of a page are reported at once, also those that only the database knows") {
  EditorFixture fixture;
  const auto value = fixture.add_audio("a");
  const auto refused = fixture.post(
      "pages", R"({"title": "", "state": "hidden", "slug/x": 1, "contents": [")" + value +
                   R"(", "pages.audiocontent:77", 5, "pages.videocontent:1", "blog.post:1"]})");
  CHECK(refused.status == 400);
  CHECK(faults_in(refused) ==
        "/slug~1x there is no such member; /title must not be empty; "
        "/state must be draft or published; "
        "/contents/2 must name a content, such as pages.videocontent:42; "
        "/contents/4 must name a content, such as pages.videocontent:42; "
        "/contents/1 there is no pages.audiocontent:77; "
        "/contents/3 there is no pages.videocontent:1");
  CHECK(fixture.sql("SELECT count(*) FROM pages") == "0");
}

TEST_CASE("members of a page are checked one by one") {
  EditorFixture fixture;
  const auto page = path_of("pages", fixture.add_page("p"));
  const auto of = [&](const std::string& body) { return faults_in(fixture.patch(page, body)); };
  CHECK(of(R"({"title": null})") == "/title must be a text");
  CHECK(of(R"({"title": "a\u0007"})") == "/title cannot contain control characters");
  CHECK(of(R"({"title": ")" + std::string(256, 'a') + "\"}") ==
        "/title cannot exceed 255 characters");
  CHECK(fixture.patch(page, R"({"title": ")" + std::string(255, 'a') + "\"}").status == 200);
  CHECK(of(R"({"state": 1})") == "/state must be draft or published");
  CHECK(of(R"({"contents": {}})") == "/contents must be a list of contents");
  CHECK(of(R"({"contents": ["pages.audiocontent:01"]})").find("/contents/0 must name") == 0);
  CHECK(of(R"({"contents": ["pages.quizcontent:1"]})") ==
        "/contents/0 pages.quizcontent:1 has a type that is not configured");
  CHECK(faults_in(fixture.post("pages", "{}")) == "/title is required");
  CHECK(fixture.patch(page, "[]").status == 400);
  CHECK(fixture.patch(page, "{").status == 400);
  CHECK(faults_in(fixture.post(page + "/contents", "{}", "*")) == "/content is required");
}

TEST_CASE("a page holds at most 500 contents") {
  EditorFixture fixture;
  const auto value = fixture.add_audio("a");
  const auto page =
      path_of("pages", fixture.add_page("p", std::vector<std::string>(pages::max_contents, value)));
  CHECK(faults_in(fixture.patch(page, R"({"contents": )" +
                                          EditorFixture::list_of(std::vector<std::string>(
                                              pages::max_contents + 1, value)) +
                                          "}")) == "/contents cannot have more than 500 contents");
  CHECK(faults_in(fixture.post(page + "/contents", R"({"content": ")" + value + "\"}", "*"))
            .find("/content the page holds 500 contents") == 0);
  CHECK(fixture.sql("SELECT count(*) FROM page_contents") == "500");
}

namespace {

// Audios 1 to `count` with texts of 99,000 bytes. A page can hold 42 of them.
void add_long_audios(const EditorFixture& fixture, int count) {
  fixture.sql(
      "INSERT INTO contents (type, title, payload) SELECT 'audio', 'a', jsonb_build_object('text', "
      "repeat('x', 99000)) FROM generate_series(1, " +
      std::to_string(count) + ") RETURNING id");
}
std::vector<std::string> first_audios(int count) {
  std::vector<std::string> values;
  for (int i = 1; i <= count; ++i) values.push_back("pages.audiocontent:" + std::to_string(i));
  return values;
}
std::string body_of(int contents) {
  return R"({"contents": )" + EditorFixture::list_of(first_audios(contents)) + "}";
}
// 200,000 bytes.
std::string longer_text() {
  std::string text;
  for (std::size_t i = 0; i < pages::max_text; ++i) text += "\xc3\xa4";
  return R"({"text": ")" + text + "\"}";
}

}  // namespace

TEST_CASE("the contents of a page have at most 4 MiB in all, whatever would pass it") {
  EditorFixture fixture;
  add_long_audios(fixture, 43);
  const auto id = fixture.add_page("Long", first_audios(42));
  const auto page = path_of("pages", id);
  const std::string fault = "the contents of the page would have";
  CHECK(faults_in(fixture.patch(page, body_of(43))).find("/contents " + fault) == 0);
  CHECK(faults_in(fixture.post(page + "/contents", R"({"content": "pages.audiocontent:43"})", "*"))
            .find("/content " + fault) == 0);
  CHECK(fixture.post("pages", R"({"title": "New", )" + body_of(43).substr(1)).status == 400);
  const auto grown = fixture.patch("contents/1", longer_text());
  CHECK(grown.status == 400);
  CHECK(grown.body.find("the page \\\"Long\\\" (" + std::to_string(id) + ") shows this content") !=
        std::string::npos);
  CHECK(fixture.sql("SELECT count(*) FROM page_contents") == "42");
  CHECK(fixture.sql("SELECT count(*) FROM contents WHERE length(payload->>'text') = 99000") ==
        "43");
}

TEST_CASE("a page that is too large can be reordered and made smaller") {
  EditorFixture fixture;
  add_long_audios(fixture, 43);
  const auto page = path_of("pages", fixture.add_page("Long", first_audios(42)));
  fixture.sql("UPDATE contents SET payload = payload || " +
              std::string("jsonb_build_object('old', repeat('y', 50000)) RETURNING id"));
  auto values = first_audios(42);
  std::swap(values.front(), values.back());
  CHECK(fixture.patch(page, R"({"contents": )" + EditorFixture::list_of(values) + "}").status ==
        200);
  CHECK(fixture.patch("contents/1", R"({"text": "short"})").status == 200);
  CHECK(fixture.patch("contents/1", R"({"text": "longer again"})").status == 400);
  CHECK(fixture.patch(page, body_of(43)).status == 400);
  CHECK(fixture.patch(page, body_of(20)).status == 200);
  CHECK(fixture.patch("contents/1", R"({"text": "longer again"})").status == 200);
}

TEST_CASE("the members of a content have at most 1 MiB in all") {
  config::ContentTypeConfig book{"book", "", {}};
  for (int i = 0; i < 6; ++i) book.members.push_back({"part" + std::to_string(i), "text?"});
  EditorFixture fixture(with_type(book));
  const auto text = longer_text();
  const auto value = text.substr(text.find(':'), text.size() - text.find(':') - 1);
  std::string body = R"({"type": "book", "title": "b")";
  for (int i = 0; i < 5; ++i) body += R"(, "part)" + std::to_string(i) + "\"" + value;
  const auto made = fixture.post("contents", body + "}");
  REQUIRE(made.status == 201);
  const auto path = path_of("contents", support::integer_in(made, "id"));
  const auto grown = fixture.patch(path, R"({"part5")" + value + "}");
  CHECK(grown.status == 400);
  CHECK(grown.body.find("the content would have") != std::string::npos);
  CHECK(fixture.post("contents", body + R"(, "part5")" + value + "}").status == 400);
  CHECK(fixture.sql("SELECT count(*) FROM contents") == "1");
}

TEST_CASE("members of a content are checked by its type, all at once") {
  EditorFixture fixture;
  const auto of = [&](const std::string& body) {
    return faults_in(fixture.post("contents", body));
  };
  CHECK(of("{}") == "/type is required: one of video, audio; /title is required");
  CHECK(of(R"({"type": "quiz", "title": 5})") ==
        "/type must be one of video, audio; /title must be a text");
  CHECK(of(R"({"type": "video", "text": "x", "subtitles_url": 1})") ==
        "/text a content of the type video has no such member; /title is required; "
        "/file_url is required; /subtitles_url must be a text");
  CHECK(of(R"({"type": "video", "title": "v", "file_url": null})") == "/file_url is required");
  CHECK(of(R"({"type": "audio", "title": "a", "text": ""})") == "/text must not be empty");
  CHECK(fixture.sql("SELECT count(*) FROM contents") == "0");
}

TEST_CASE("a URL is one of the web or a path, and not too long") {
  const pages::PayloadMember url{"file_url", pages::PayloadMember::Kind::url, false};
  for (const char* good : {"https://a/b", "http://a.example:80/?x=1#y", "/media/a.mp4",
                           "https://m\xc3\xbc.example/"}) {
    INFO(good);
    CHECK(pages::value_fault(url, good).value_or("") == "");
  }
  for (const char* bad :
       {"", "ftp://a/b", "javascript:alert(1)", "//evil/x", "/\\evil", "https://", "https:///x",
        "https://a b", "b.mp4", "https://a\n", "https://\xff", "HTTPS//x", "data:text/html,x"}) {
    INFO(bad);
    CHECK(pages::value_fault(url, bad) == "must be an http or https URL, or a path");
  }
  CHECK(pages::value_fault(url, "/" + std::string(2000, 'a')) == "cannot exceed 2000 bytes");
  CHECK_FALSE(pages::value_fault({"s", pages::PayloadMember::Kind::url, true}, ""));
  const pages::PayloadMember text{"text", pages::PayloadMember::Kind::text, false};
  CHECK_FALSE(pages::value_fault(text, std::string(pages::max_text, 'a')));
  CHECK(pages::value_fault(text, std::string(pages::max_text + 1, 'a')) ==
        "cannot exceed 100000 characters");
}
