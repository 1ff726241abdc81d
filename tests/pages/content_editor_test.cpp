// Contents as editors make, change, find and delete them (rows S1-4, S1-5, S1-21, S1-22).
#include "editor_fixture.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

constexpr const char* video =
    R"({"type": "video", "title": "Kneading", "file_url": "https://a/k.mp4"})";

// "Title (value) .." of an autocomplete.
std::string suggestions(const EditorFixture& fixture, const std::string& query) {
  const auto answer = fixture.get("autocomplete?" + query);
  INFO(answer.body);
  REQUIRE(answer.status == 200);
  std::string text;
  for (const auto& item : support::list_in(answer, "results"))
    text += (text.empty() ? "" : ", ") + support::text_in(item, "text") + " " +
            support::text_in(item, "value");
  return text;
}

}  // namespace

TEST_CASE("a content is made, changed and deleted") {
  EditorFixture fixture;
  const auto made = fixture.post("contents", video);
  REQUIRE(made.status == 201);
  CHECK(etag_in(made) == "\"1\"");
  auto copy = made;
  CHECK(*copy.find_header("Location") == "/api/v1/admin/contents/1");
  CHECK(support::text_in(made, "value") == "pages.videocontent:1");
  CHECK(support::text_in(made, "file_url") == "https://a/k.mp4");
  CHECK_FALSE(support::text_or_null_in(made, "subtitles_url"));
  CHECK(support::list_in(made, "pages").empty());
  CHECK(fixture.get("contents/1").body == made.body);

  const auto changed = fixture.patch(
      "contents/1", R"({"type": "video", "subtitles_url": "/k.vtt", "title": "Kneading"})",
      "\"1\"");
  REQUIRE(changed.status == 200);
  CHECK(etag_in(changed) == "\"2\"");
  CHECK(support::text_in(changed, "file_url") == "https://a/k.mp4");
  CHECK(support::text_in(changed, "subtitles_url") == "/k.vtt");
  CHECK(fixture.patch("contents/1", R"({"title": "x"})", "\"1\"").status == 412);
  CHECK(fixture.patch("contents/1", R"({"title": "x"})", "").status == 428);
  CHECK(faults_in(fixture.patch("contents/1", R"({"type": "audio", "file_url": null})")) ==
        "/type the type of a content cannot be changed; it is video; /file_url is required");
  CHECK(fixture.patch("contents/1", R"({"subtitles_url": null})").status == 200);
  CHECK(fixture.sql("SELECT payload FROM contents") == R"({"file_url": "https://a/k.mp4"})");
  CHECK(fixture.del("contents/1", "").status == 428);
  CHECK(fixture.del("contents/1", "\"3\"").status == 204);
  CHECK(fixture.get("contents/1").status == 404);
  CHECK(fixture.del("contents/1").status == 404);
  CHECK(fixture.patch("contents/1", "{}").status == 404);
}

TEST_CASE("each change of a content has one entry of the audit log, with what changed") {
  EditorFixture fixture;
  fixture.post("contents", video);
  fixture.patch("contents/1", R"({"title": "Kneading", "file_url": "https://a/k.mp4"})");
  fixture.patch("contents/1", R"({"subtitles_url": "/k.vtt"})");
  fixture.patch("contents/1", R"({"title": "By hand", "subtitles_url": null})");
  fixture.del("contents/1");
  CHECK(fixture.audit() ==
        "content.create content:1; content.update content:1; content.update content:1; "
        "content.delete content:1");
  CHECK(fixture.audit("coalesce(before::text, '-')") ==
        R"(-; {"subtitles_url": null}; {"title": "Kneading", "subtitles_url": "/k.vtt"}; )"
        R"({"type": "video", "pages": [], "title": "By hand", "counter": 0, )"
        R"("file_url": "https://a/k.mp4"})");
  CHECK(fixture.audit("coalesce(after::text, '-')") ==
        R"({"type": "video", "title": "Kneading", "file_url": "https://a/k.mp4"}; )"
        R"({"subtitles_url": "/k.vtt"}; )"
        R"({"title": "By hand", "subtitles_url": null}; -)");
}

TEST_CASE(
    "the audit log keeps the beginning of a long text, whole code points, and the content all") {
  EditorFixture fixture;
  const auto body = [](const std::string& text) {
    return R"({"type": "audio", "title": "a", "text": "x)" + text + "\"}";
  };
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += "\xc3\xa9";  // two bytes each
  fixture.post("contents", body(text));
  fixture.patch("contents/1", body(text + "!"));
  fixture.del("contents/1");
  CHECK(fixture.audit("length(coalesce(before, after) ->> 'text')::text") == "5002; 5002; 5002");
  CHECK(fixture.audit("right(coalesce(before, after) ->> 'text', 3)") ==
        "\xc3\xa9..; \xc3\xa9..; \xc3\xa9..");
}

TEST_CASE("impressions raise the counter, but not the version") {
  EditorFixture fixture;
  fixture.post("contents", video);
  fixture.sql("UPDATE contents SET counter = 12");
  const auto answer = fixture.get("contents/1");
  CHECK(support::integer_in(answer, "counter") == 12);
  CHECK(etag_in(answer) == "\"1\"");
}

TEST_CASE("a content that pages show is deleted with their links only where that is asked for") {
  EditorFixture fixture;
  const auto used = fixture.add_audio("a"), other = fixture.add_audio("b");
  const auto first = fixture.add_page("First", {other, used, other, used});
  const auto second = fixture.add_page("Second", {used, other});
  const auto third = fixture.add_page("Third", {other});
  const auto pages = support::list_in(fixture.get("contents/1"), "pages");
  REQUIRE(pages.size() == 2);
  CHECK(support::text_in(pages[0], "title") == "First");

  const auto refused = fixture.del("contents/1");
  CHECK(refused.status == 409);
  CHECK(support::text_in(refused, "detail") ==
        "2 pages show this content: \"First\" (1), \"Second\" (2); ?unlink=true takes it off them, "
        "too");
  CHECK(support::list_in(refused, "pages").size() == 2);
  CHECK(fixture.del("contents/1?unlink=false").status == 409);
  CHECK(fixture.del("contents/1?unlink=yes").status == 400);
  CHECK(fixture.del("contents/1?unlink=true", "\"2\"").status == 412);
  CHECK(fixture.contents_of(first) == "2 1 2 1");

  CHECK(fixture.del("contents/1?unlink=true").status == 204);
  CHECK(fixture.contents_of(first) == "2 2");
  CHECK(fixture.contents_of(second) == "2");
  CHECK(fixture.contents_of(third) == "2");
  CHECK(fixture.sql("SELECT string_agg(version::text, ' ' ORDER BY id) FROM pages") == "2 2 1");
  CHECK(fixture.sql("SELECT before -> 'pages' FROM audit_log WHERE action = 'content.delete'") ==
        "[1, 2]");
  CHECK(fixture.patch(path_of("pages", first), R"({"title": "x"})", "\"1\"").status == 412);
  CHECK(fixture.del("contents/2?unlink=true").status == 204);
  CHECK(fixture.contents_of(third).empty());
}

TEST_CASE("a hundred pages that show a content are not all named") {
  EditorFixture fixture;
  fixture.add_audio("a");
  fixture.sql("INSERT INTO pages (title) SELECT 'p' FROM generate_series(1, 100)");
  fixture.sql("INSERT INTO page_contents (page_id, content_id) SELECT id, 1 FROM pages");
  const auto refused = fixture.del("contents/1");
  CHECK(support::list_in(refused, "pages").size() == 20);
  CHECK(support::text_in(refused, "detail").find("100 pages show this content") == 0);
  CHECK(support::list_in(fixture.get("contents/1"), "pages").size() == 20);
  CHECK(fixture.del("contents/1?unlink=true").status == 204);
  CHECK(fixture.sql("SELECT count(*) FROM pages WHERE version = 2") == "100");
}

TEST_CASE("contents are listed newest first, searched, and by type") {
  EditorFixture fixture;
  for (const char* title : {"Gulls", "The gulls", "Ropes"}) fixture.add_audio(title);
  fixture.post("contents", video);
  const auto ids = [&](const std::string& query) {
    std::string text;
    for (const auto& row : support::list_in(fixture.get("contents" + query), "results"))
      text += std::to_string(support::integer_in(row, "id")) + " ";
    return text;
  };
  CHECK(ids("") == "4 3 2 1 ");
  CHECK(ids("?type=video") == "4 ");
  CHECK(ids("?search=gull") == "2 1 ");
  CHECK(ids("?search=gull&type=video") == "");
  CHECK(ids("?search=pages.audiocontent:3") == "3 ");
  CHECK(ids("?search=pages.videocontent:3") == "");
  CHECK(ids("?search=4") == "4 ");
  CHECK(fixture.get("contents?type=quiz").status == 400);
  CHECK(fixture.get("contents?page=2").status == 404);
  const auto listed = support::list_in(fixture.get("contents?type=video"), "results").at(0);
  CHECK(listed.find("pages") == nullptr);
  CHECK(support::text_in(listed, "file_url") == "https://a/k.mp4");
}

TEST_CASE("autocomplete finds contents of all types by title, number, value and label") {
  EditorFixture fixture;
  for (const char* title : {"Gulls", "The gulls", "100% _wool"}) fixture.add_audio(title);
  fixture.post("contents", video);
  const std::string kneading = "Kneading pages.videocontent:4";
  CHECK(suggestions(fixture, "q=gUL") ==
        "The gulls pages.audiocontent:2, Gulls pages.audiocontent:1");
  CHECK(suggestions(fixture, "q=kneading") == kneading);
  CHECK(suggestions(fixture, "q=4") == kneading);
  CHECK(suggestions(fixture, "q=pages.videocontent:4") == kneading);
  CHECK(suggestions(fixture, "q=pages.audiocontent:4").empty());
  CHECK(suggestions(fixture, "q=videocont") == kneading);
  CHECK(suggestions(fixture, "q=_w") == "100% _wool pages.audiocontent:3");
  CHECK(suggestions(fixture, "q=x_").empty());
  CHECK(suggestions(fixture, "q=&limit=2") == kneading + ", 100% _wool pages.audiocontent:3");
  CHECK(suggestions(fixture, "").find(kneading) == 0);
  CHECK(suggestions(fixture, "q= ").find(kneading) == 0);
  CHECK(fixture.get("autocomplete?limit=51").status == 400);
  const auto item = support::list_in(fixture.get("autocomplete?q=4"), "results").at(0);
  CHECK(support::text_in(item, "type") == "video");
  CHECK(support::text_in(item, "type_title") == "Video");
}

TEST_CASE("the content with the id comes first, however many newer titles have its digits") {
  EditorFixture fixture;
  fixture.add_audio("Gulls");
  for (int i = 0; i < 21; ++i) fixture.add_audio("Part 1");
  CHECK(suggestions(fixture, "q=1&limit=2") ==
        "Gulls pages.audiocontent:1, Part 1 pages.audiocontent:22");
  CHECK(suggestions(fixture, "q=1").find("Gulls pages.audiocontent:1, ") == 0);
  CHECK(suggestions(fixture, "q=2&limit=1") == "Part 1 pages.audiocontent:2");
}

TEST_CASE("a title that begins with the text is found beyond the newest ten thousand") {
  EditorFixture fixture;
  fixture.add_audio("Old gulls");
  fixture.add_audio("Gulls of old");
  fixture.sql(
      "INSERT INTO contents (type, title) SELECT 'audio', 'New' FROM generate_series(1, 10000)");
  CHECK(suggestions(fixture, "q=gulls") == "Gulls of old pages.audiocontent:2");
  CHECK(support::integer_in(fixture.get("contents?search=GULLS"), "count") == 1);
}

TEST_CASE("pages get only allowed types, and keep what they have") {
  EditorFixture all;
  EditorFixture fixture({}, {"pages.videocontent", "blog.entry"});
  const auto audio = fixture.add_audio("a");
  fixture.post("contents", video);
  CHECK(faults_in(fixture.post("pages", R"({"title": "p", "contents": [")" + audio + "\"]}")) ==
        "/contents/0 pages may not hold pages.audiocontent; pages.allowed_content_models says "
        "which they may");
  CHECK(suggestions(fixture, "q=") == "Kneading pages.videocontent:2");
  const auto page = fixture.add_page("p");
  fixture.sql("INSERT INTO page_contents (page_id, content_id) VALUES (1, 1)");
  const auto kept = fixture.patch(path_of("pages", page),
                                  R"({"contents": ["pages.videocontent:2", ")" + audio + "\"]}");
  CHECK(kept.status == 200);
  CHECK(fixture.contents_of(page) == "2 1");
  CHECK(support::list_in(fixture.client.get("/api/v1/pages/1/"), "contents").size() == 2);
  const auto types = support::list_in(fixture.get("content-types"), "types");
  CHECK(support::flag_in(types[0], "allowed"));
  CHECK_FALSE(support::flag_in(types[1], "allowed"));
  CHECK(all.types.all()[1].is_allowed);
}
