// A type that only the configuration declares works everywhere (rows S1-10, S1-23).
#include "config/load.hpp"
#include "editor_fixture.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

config::Config load_yaml(const std::string& yaml) {
  const support::TempFolder folder;
  config::Sources sources;
  sources.file = folder.write("f.yaml", yaml).string();
  return config::load(sources).config;
}

const std::string quiz_yaml =
    "content_types:\n"
    "  picture_quiz:\n"
    "    label: games.quiz\n"
    "    question: text\n"
    "    picture: url?\n";

}  // namespace

TEST_CASE("a third type is made by configuration alone") {
  const auto config = load_yaml(quiz_yaml);
  EditorFixture fixture(config.content_types, config.pages.allowed_content_models);
  const auto types = fixture.get("content-types");
  CHECK(types.body.find(R"({"name":"picture_quiz","label":"games.quiz","title":"Picture quiz",)"
                        R"("allowed":true,"members":[)"
                        R"({"name":"question","kind":"text","optional":false},)"
                        R"({"name":"picture","kind":"url","optional":true}]})") !=
        std::string::npos);

  CHECK(faults_in(fixture.post("contents", R"({"type": "picture_quiz", "title": "q",)"
                                           R"( "picture": "x"})")) ==
        "/question is required; /picture must be an http or https URL, or a path");
  const auto made =
      fixture.post("contents", R"({"type": "picture_quiz", "title": "Who", "question": "Who?"})");
  REQUIRE(made.status == 201);
  CHECK(support::text_in(made, "value") == "games.quiz:1");
  const auto found = support::list_in(fixture.get("autocomplete?q=games.quiz:1"), "results");
  REQUIRE(found.size() == 1);
  CHECK(support::text_in(found[0], "type_title") == "Picture quiz");

  const auto page = fixture.add_page("p", {"games.quiz:1", fixture.add_audio("a")});
  CHECK(fixture.client.get("/api/v1/" + path_of("pages", page)).body ==
        R"({"id":1,"title":"p","contents":[{"id":1,"type":"picture_quiz","title":"Who",)"
        R"("counter":0,"question":"Who?","picture":null},)"
        R"({"id":2,"type":"audio","title":"a","counter":0,"text":"t"}]})");
  CHECK(fixture.shown == std::vector<std::string>{"pages.audiocontent 2", "games.quiz 1"});
}

TEST_CASE("a type that is declared no more is hidden from readers, and editors keep or remove it") {
  EditorFixture with(load_yaml(quiz_yaml).content_types);
  EditorFixture fixture;
  const auto audio = fixture.add_audio("a");
  fixture.sql(
      "INSERT INTO contents (type, title, payload) VALUES "
      "('picture_quiz', 'q', '{\"question\": \"Who?\"}')");
  const auto page = fixture.add_page("p", {audio});
  fixture.sql("INSERT INTO page_contents (page_id, content_id, position) VALUES (1, 2, 1)");
  CHECK(support::list_in(fixture.client.get("/api/v1/pages/1/"), "contents").size() == 1);
  const auto item = support::list_in(fixture.get("pages/1"), "contents").at(1);
  const auto value = support::text_in(support::member_in(item, "content"), "value");
  CHECK(value == "pages.picture_quizcontent:2");
  CHECK(fixture
            .patch(path_of("pages", page),
                   R"({"contents": )" + EditorFixture::list_of({value, audio}) + "}")
            .status == 200);
  CHECK(fixture.contents_of(page) == "2 1");
  const auto change = fixture.patch("contents/2", R"({"title": "x"})");
  CHECK(change.status == 409);
  CHECK(support::text_in(change, "detail").find("declare it in content_types") !=
        std::string::npos);
  CHECK(fixture.del("contents/2?unlink=true").status == 204);
  CHECK(with.types.find("picture_quiz") != nullptr);
}

TEST_CASE("members of a payload that its type has no more stay as they are") {
  EditorFixture fixture;
  fixture.sql(
      "INSERT INTO contents (type, title, payload) VALUES "
      "('audio', 'a', '{\"text\": \"t\", \"speaker\": \"Eda\"}')");
  CHECK(fixture.patch("contents/1", R"({"text": "u"})").status == 200);
  CHECK(fixture.sql("SELECT payload FROM contents") == R"({"text": "u", "speaker": "Eda"})");
}

TEST_CASE("a member that a type requires since must be given with the next change") {
  EditorFixture fixture(with_type({"quiz", "", {{"question", "text"}}}));
  fixture.sql("INSERT INTO contents (type, title) VALUES ('quiz', 'q')");
  CHECK(faults_in(fixture.patch("contents/1", R"({"title": "x"})")) == "/question is required");
  CHECK(fixture.patch("contents/1", R"({"title": "x", "question": "y"})").status == 200);
}

TEST_CASE("values name contents by the label of their type") {
  const pages::ContentTypes types(with_type({"quiz", "games.quiz", {{"question", "text"}}}), {});
  CHECK(types.value_of("quiz", 3) == "games.quiz:3");
  CHECK(types.parse_value("games.quiz:3")->type == "quiz");
  CHECK(types.parse_value("pages.videocontent:42")->id == 42);
  CHECK(types.parse_value("pages.oldcontent:1")->registered == nullptr);
  for (const char* bad : {"", ":", "42", "pages.videocontent", "pages.videocontent:",
                          "pages.videocontent:0", "pages.videocontent:x", "video:1",
                          "pages.quizcontent:1", "pages.content:1", "pages.videocontent:-1"}) {
    INFO(bad);
    CHECK_FALSE(types.parse_value(bad));
  }
}
