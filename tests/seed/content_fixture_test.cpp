#include "seed/content_fixture.hpp"

#include <cstdlib>
#include <future>

#include "base/error.hpp"
#include "seed/content_load.hpp"
#include "seed_fixture.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/process.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;

namespace {

std::string sample_path() {
  return std::string(std::getenv("FEEDCTL_SOURCE")) + "/fixtures/sample_content.json";
}

seed::ContentFixture read(const std::string& text) {
  static const pages::ContentTypes types;
  return seed::read_content_fixture(text, "f.json", types);
}

std::string error_of(const std::string& text) {
  try {
    read(text);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::bad_data);
    return error.what();
  }
  return "";
}

std::string without_pointer(const std::string& error) {
  return error.substr(0, error.find(" (/"));
}

std::string page(int key, const std::string& title = "A page") {
  return R"({"model": "pages.page", "pk": )" + std::to_string(key) + R"(, "fields": {"title": ")" +
         title + R"("}})";
}
std::string audio(int key, const std::string& text = "words", const std::string& more = "") {
  return R"({"model": "pages.audiocontent", "pk": )" + std::to_string(key) +
         R"(, "fields": {"title": "An audio", "text": ")" + text + "\"" + more + "}}";
}
std::string video(int key, const std::string& members) {
  return R"({"model": "pages.videocontent", "pk": )" + std::to_string(key) +
         R"(, "fields": {"title": "A video", )" + members + "}}";
}
std::string link(int key, int page, const std::string& model, int object,
                 const std::string& more = "") {
  return R"({"model": "pages.pagecontent", "pk": )" + std::to_string(key) +
         R"(, "fields": {"page": )" + std::to_string(page) + R"(, "content_type": ["pages", ")" +
         model + R"("], "object_id": )" + std::to_string(object) + more + "}}";
}
std::string list(const std::vector<std::string>& objects) {
  std::string text;
  for (const auto& object : objects) text += (text.empty() ? "[" : ",") + object;
  return text + "]";
}

// Pages with what they show: "1: video 1, audio 1; 2: ..".
std::string shown(const support::FreshDatabase& fresh) {
  return fresh.execute(
      "SELECT coalesce(string_agg(line, '; ' ORDER BY line), '') FROM ("
      "  SELECT l.page_id || ': ' || string_agg(c.type || ' ' || c.fixture_key, ', '"
      "         ORDER BY l.position, l.id) AS line"
      "  FROM page_contents l JOIN contents c ON c.id = l.content_id GROUP BY l.page_id) lines");
}

struct ContentDatabase {
  seed::ContentReport load(const std::string& text) {
    return seed::load_content(database, read(text), "f.json");
  }
  std::string execute(const std::string& sql) const { return fresh.execute(sql); }

  support::FreshDatabase fresh;
  store::Database database{test::owner_of(fresh)};
};

}  // namespace

TEST_CASE("the sample is loaded, and loading it again changes nothing") {
  ContentDatabase to;
  const auto text = support::read_file(sample_path());
  REQUIRE(seed::is_content_fixture(text));
  const auto first = to.load(text);
  CHECK(first.pages == 3);
  CHECK(first.contents == 9);
  CHECK(first.links == 11);
  CHECK(shown(to.fresh) ==
        "1: video 1, audio 1, video 2, audio 4; 2: audio 2, video 3, video 4, "
        "audio 4; 3: video 5, audio 3, audio 4");
  to.execute("UPDATE contents SET counter = 7");
  const auto before = test::digest(to.fresh, "contents", "id");
  const auto again = to.load(text);
  CHECK(again.pages + again.contents + again.links == 0);
  CHECK(test::digest(to.fresh, "contents", "id") == before);
}

TEST_CASE("objects of different types may have the same number") {
  ContentDatabase to;
  to.load(list({page(1), video(1, R"("file_url": "https://a/v.mp4")"), audio(1),
                link(1, 1, "audiocontent", 1), link(2, 1, "videocontent", 1)}));
  CHECK(shown(to.fresh) == "1: audio 1, video 1");
  CHECK(to.execute("SELECT count(DISTINCT id) FROM contents") == "2");
  CHECK(to.execute("SELECT payload FROM contents WHERE type = 'video'") ==
        R"({"file_url": "https://a/v.mp4"})");
}

TEST_CASE("loading a changed fixture changes the same rows, but not their counters") {
  ContentDatabase to;
  to.load(list(
      {page(1), page(2), audio(1, "old", R"(, "counter": 5)"), link(1, 1, "audiocontent", 1)}));
  CHECK(to.execute("SELECT counter FROM contents") == "5");
  const auto id = to.execute("SELECT id FROM contents");
  to.execute("UPDATE contents SET counter = 8");
  const auto report = to.load(list({page(1, "Renamed"), page(2), audio(1, "new"), audio(2),
                                    link(1, 2, "audiocontent", 1, R"(, "position": 3)")}));
  CHECK(report.pages == 1);
  CHECK(report.contents == 2);
  CHECK(report.links == 1);
  CHECK(to.execute("SELECT title FROM pages WHERE id = 1") == "Renamed");
  CHECK(to.execute("SELECT id || ' ' || counter || ' ' || (payload ->> 'text') FROM contents "
                   "WHERE fixture_key = 1") == id + " 8 new");
  CHECK(to.execute("SELECT page_id || ' ' || position FROM page_contents") == "2 0");
}

TEST_CASE("a link may lead to what an earlier fixture has loaded") {
  ContentDatabase to;
  to.load(list({page(1), audio(1)}));
  to.load(list({link(1, 1, "audiocontent", 1, R"(, "order": 2)")}));
  CHECK(shown(to.fresh) == "1: audio 1");
  CHECK(to.execute("SELECT position FROM page_contents") == "0");
}

TEST_CASE("ids that the database draws come after those of a fixture") {
  ContentDatabase to;
  to.load(list({page(40), audio(1), link(70, 40, "audiocontent", 1)}));
  CHECK(to.execute("INSERT INTO pages (title) VALUES ('x') RETURNING id > 40") == "t");
  CHECK(to.execute("INSERT INTO page_contents (page_id, content_id) "
                   "SELECT 40, id FROM contents RETURNING id > 70") == "t");
  to.load(list({page(2)}));
  CHECK(to.execute("INSERT INTO pages (title) VALUES ('y') RETURNING id > 41") == "t");
}

TEST_CASE("a link to nothing is refused with its object, and nothing is loaded") {
  ContentDatabase to;
  const auto error = [&](const std::string& text) {
    try {
      to.load(text);
    } catch (const Error& e) {
      CHECK(e.code() == ErrorCode::bad_data);
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK(error(list({page(1), audio(1), link(1, 2, "audiocontent", 1)})) ==
        "f.json:1: object 3: there is no page 2");
  CHECK(error(list({page(1), link(1, 1, "videocontent", 1), audio(1)})) ==
        "f.json:1: object 2: there is no video 1");
  CHECK(to.execute("SELECT (SELECT count(*) FROM pages) + (SELECT count(*) FROM contents)") == "0");
}

TEST_CASE("a page of a fixture may not become too large, also with what it had before") {
  ContentDatabase to;
  const std::string text(99'000, 'x');
  std::vector<std::string> first{page(1)};
  for (int i = 1; i <= 42; ++i) {
    first.push_back(audio(i, text));
    first.push_back(link(i, 1, "audiocontent", i));
  }
  to.load(list(first));
  try {
    to.load(list({audio(43, text), link(43, 1, "audiocontent", 43)}));
    FAIL("it was loaded");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::bad_data);
    CHECK(std::string(error.what()) ==
          "f.json:1: object 2: the contents of page 1 have more than 4194304 bytes");
  }
  CHECK(to.execute("SELECT count(*) FROM contents") == "42");
}

TEST_CASE("a dry run loads nothing") {
  ContentDatabase to;
  auto options = test::owner_of(to.fresh);
  options.dry_run = true;
  store::Database database(options);
  CHECK(seed::load_content(database, read(list({page(1), audio(1)})), "f.json").contents == 1);
  CHECK(to.execute("SELECT count(*) FROM contents") == "0");
}

TEST_CASE("an invalid object is refused with its place in the file") {
  const auto second = [](const std::string& object) {
    return without_pointer(error_of(list({page(1), object})));
  };
  const std::string at = "f.json:1: object 2: ";
  CHECK(second("5") == at + "an object must be a map");
  CHECK(second(R"({"model": "blog.post", "pk": 1, "fields": {}})") ==
        at + "unknown model \"blog.post\"");
  CHECK(second(R"({"model": "pages.page", "fields": {}})") == at + "\"pk\" is missing");
  CHECK(second(R"({"model": "pages.page", "pk": 2})") == at + "\"fields\" is missing");
  CHECK(second(R"({"model": "pages.page", "pk": 2, "fields": [], "x": 1})") ==
        at + "unknown field \"x\"");
  CHECK(second(R"({"model": "pages.page", "pk": 2, "fields": []})") == at + "fields must be a map");
  CHECK(second(page(1)) == at + "pages.page 1 stands here twice");
  for (const char* key : {"0", "-1", "1.5", "null", "\"1\"", "9007199254740992"}) {
    INFO(key);
    CHECK(second(std::string(R"({"model": "pages.page", "pk": )") + key +
                 R"(, "fields": {"title": "x"}})") == at + "\"pk\" must be a positive integer");
  }
}

TEST_CASE("invalid fields are refused by name") {
  const auto first = [](const std::string& object) {
    return without_pointer(error_of(list({object})));
  };
  const std::string at = "f.json:1: object 1: ";
  CHECK(first(page(1, "")) == at + "\"title\" must not be empty");
  CHECK(first(page(1, R"(a\nb)")) == at + "\"title\" cannot contain control characters");
  CHECK(first(audio(1, R"(\u0000)")) == at + "\"text\" cannot contain U+0000");
  CHECK(first(audio(1, "x", R"(, "file_url": "https://a")")) == at + "unknown field \"file_url\"");
  CHECK(first(audio(1, "x", R"(, "counter": -1)")).find(at + "\"counter\" must be an integer") ==
        0);
  CHECK(first(video(1, R"("subtitles_url": "https://a")")) == at + "\"file_url\" is missing");
  CHECK(first(video(1, R"("file_url": 5)")) == at + "\"file_url\" must be a text");
  for (const char* url : {"", "ftp://a/b", "javascript:alert(1)", "//evil/x", "https://a b",
                          "b.mp4", R"(https://a\u0007)"}) {
    INFO(url);
    CHECK(first(video(1, std::string(R"("file_url": ")") + url + "\"")) ==
          at + "\"file_url\" must be an http or https URL, or a path");
  }
  CHECK(first(link(1, 1, "page", 1)) == at + "unknown content type \"pages.page\"");
  CHECK(first(link(1, 0, "audiocontent", 1)) == at + "\"page\" must be a positive integer");
  CHECK(first(link(1, 1, "audiocontent", 1, R"(, "position": 2147483648)"))
            .find(at + "\"position\" must be an integer") == 0);
  CHECK(first(link(1, 1, "audiocontent", 1, R"(, "position": 1, "order": 1)")) ==
        at + "\"position\" and \"order\" are the same");
  for (const char* type : {"7", "[\"pages\"]", "[1, 2]", "null", "\"\""}) {
    INFO(type);
    CHECK(first(R"({"model": "pages.pagecontent", "pk": 1, "fields": {"page": 1, "object_id": 1, )"
                R"("content_type": )" +
                std::string(type) + "}}") ==
          at + "\"content_type\" must be as [\"pages\", \"videocontent\"]");
  }
}

TEST_CASE("a fault has its line and the pointer to the wrong member") {
  const auto error = [](const std::string& object) {
    return error_of("[\n" + page(1, R"(with \"{[ quotes)") + ",\n\n  " + object + "\n]\n");
  };
  CHECK(error(page(2, "")) == "f.json:4: object 2: \"title\" must not be empty (/1/fields/title)");
  CHECK(error(R"({"model": "pages.page", "pk": 0, "fields": {}})") ==
        "f.json:4: object 2: \"pk\" must be a positive integer (/1/pk)");
  CHECK(error("7") == "f.json:4: object 2: an object must be a map");
  CHECK(error(R"({"model": "pages.page", "pk": 2, "fields": {"title": "x", "state": "x"}})") ==
        "f.json:4: object 2: \"state\" must be draft or published (/1/fields/state)");
}

TEST_CASE("a type of the configuration has its model in fixtures") {
  config::ContentTypesConfig config;
  config.types.push_back({"quiz", "games.quiz", {{"question", "text"}, {"picture", "url?"}}});
  const pages::ContentTypes types(config, {});
  const auto fixture = seed::read_content_fixture(
      R"([{"model": "games.quiz", "pk": 1, "fields": {"title": "q", "question": "Who?"}},)"
      R"({"model": "pages.pagecontent", "pk": 1, "fields": {"page": 1, "object_id": 1, )"
      R"("content_type": ["games", "quiz"]}}])",
      "f.json", types);
  CHECK(fixture.contents.at(0).type == "quiz");
  CHECK(fixture.contents.at(0).payload == R"({"question":"Who?"})");
  CHECK(fixture.links.at(0).type == "quiz");
  CHECK_THROWS_AS(read(R"([{"model": "games.quiz", "pk": 1, "fields": {"title": "q"}}])"), Error);
}

TEST_CASE("pages of a fixture are published, and keep the state that an editor gave them") {
  ContentDatabase to;
  const auto draft =
      R"({"model": "pages.page", "pk": 2, "fields": {"title": "d", "state": "draft"}})";
  to.load(list({page(1), draft}));
  const auto states = [&] {
    return to.execute("SELECT string_agg(state || version, ' ' ORDER BY id) FROM pages");
  };
  CHECK(states() == "published1 draft1");
  to.execute("UPDATE pages SET state = CASE id WHEN 1 THEN 'draft' ELSE 'published' END");
  CHECK(to.load(list({page(1), draft})).pages == 1);
  CHECK(states() == "draft1 draft2");
}

TEST_CASE("links of a fixture come before those of editors, without a gap, and versions rise") {
  ContentDatabase to;
  const auto fixture = list({page(1), page(2), audio(1), audio(2),
                             link(5, 1, "audiocontent", 1, R"(, "position": 7)"),
                             link(6, 1, "audiocontent", 2, R"(, "position": 9)")});
  to.load(fixture);
  const auto links = [&] {
    return to.execute(
        "SELECT string_agg(page_id || ':' || id || '@' || position, ' ' ORDER BY page_id, "
        "position) "
        "FROM page_contents");
  };
  const auto versions = [&] {
    return to.execute("SELECT string_agg(version::text, ' ' ORDER BY id) FROM pages");
  };
  CHECK(links() == "1:5@0 1:6@1");
  CHECK(versions() == "2 1");
  CHECK(to.load(fixture).links == 0);
  CHECK(versions() == "2 1");
  to.execute("UPDATE page_contents SET position = position + 1");
  to.execute(
      "INSERT INTO page_contents (id, page_id, content_id, position) SELECT 70, 1, id, 0 FROM "
      "contents WHERE fixture_key = 1");
  to.load(fixture);
  CHECK(links() == "1:5@0 1:6@1 1:70@2");
  CHECK(versions() == "3 1");
  to.load(fixture);
  CHECK(versions() == "3 1");
  to.load(list({link(5, 2, "audiocontent", 1)}));
  CHECK(links() == "1:6@0 1:70@1 2:5@0");
  CHECK(versions() == "4 2");
}

TEST_CASE("a fixture locks the pages that it links before it writes others, as editors do") {
  ContentDatabase to;
  to.load(list({page(1), page(2), audio(1)}));
  auto patient = test::owner_of(to.fresh);
  patient.lock_timeout = patient.statement_timeout = std::chrono::minutes{10};
  patient.idle_in_transaction_timeout = std::chrono::minutes{10};
  store::Database database(patient);
  auto editor = database.write();
  editor.query({"test/lock", "SELECT id FROM pages WHERE id = 1 FOR UPDATE"});
  auto loaded = std::async(std::launch::async, [&] {
    const auto fixture = read(list({page(2, "Renamed"), link(1, 1, "audiocontent", 1)}));
    return seed::load_content(database, fixture, "f.json").pages;
  });
  CHECK(support::eventually([&] {
    return to.execute(
               "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
               "AND wait_event_type = 'Lock'") != "0";
  }));
  CHECK(to.execute("SELECT id FROM pages WHERE id = 2 FOR UPDATE SKIP LOCKED") == "2");
  editor.commit();
  CHECK(loaded.get() == 1);
  CHECK(to.execute("SELECT title FROM pages WHERE id = 2") == "Renamed");
}

TEST_CASE("optional members may be absent, null or empty, and a path is a URL") {
  for (const char* members :
       {R"("file_url": "/media/a.mp4")", R"("file_url": "http://a/b", "subtitles_url": null)"}) {
    INFO(members);
    CHECK(read(list({video(1, members)})).contents[0].payload.find("subtitles_url") ==
          std::string::npos);
  }
  CHECK(read(list({video(1, R"("file_url": "https://a/b", "subtitles_url": "")")}))
            .contents[0]
            .payload == R"({"file_url":"https://a/b","subtitles_url":""})");
  CHECK(read(R"([{"model": "pages.pagecontent", "pk": 1, "fields": {"page": 1, "object_id": 1, )"
             R"("content_type": "pages.videocontent"}}])")
            .links[0]
            .type == "video");
}

TEST_CASE("what is no list of objects is refused") {
  CHECK(error_of("[1, 2") == "f.json: Invalid JSON");
  CHECK(error_of("{}") == "f.json: not a list");
  CHECK(error_of("[" + std::string(17 << 20, ' ') + "]") == "f.json: larger than 16 MiB");
  CHECK(read("[]").pages.empty());
  CHECK(seed::is_content_fixture(" \r\n\t[]"));
  CHECK_FALSE(seed::is_content_fixture("users: []"));
  CHECK_FALSE(seed::is_content_fixture(" "));
}

TEST_CASE("the command loads both kinds of fixtures, contents also beside users") {
  const support::FreshDatabase fresh;
  support::RunOptions run;
  run.environment = {"FEEDCTL_DATABASE_URL=" + fresh.url().reveal(),
                     "FEEDCTL_DATABASE_OWNER_URL=" + fresh.owner_url().reveal()};
  const auto seed = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"seed", "--fixtures"});
    return support::run_feedctl(words, run);
  };
  const auto small = std::string(std::getenv("FEEDCTL_SOURCE")) + "/fixtures/small.yaml";
  CHECK(seed({small}).exit_code == 0);
  CHECK(fresh.execute("SELECT count(*) > 10 FROM users") == "t");
  const auto dry = seed({sample_path(), "--dry-run", "--output", "json"});
  INFO(dry.err);
  CHECK(dry.exit_code == 0);
  CHECK(dry.out.find("\"pages\":3") != std::string::npos);
  CHECK(fresh.execute("SELECT count(*) FROM pages") == "0");
  for (int i = 0; i < 2; ++i) CHECK(seed({sample_path()}).exit_code == 0);
  CHECK(fresh.execute("SELECT count(*) FROM page_contents") == "11");

  const support::TempFolder folder;
  const auto bad = seed({folder.write("bad.json", list({page(9), "7"})).string()});
  CHECK(bad.exit_code == 65);
  CHECK(bad.err.find("bad.json:1: object 2: an object must be a map") != std::string::npos);
  CHECK(fresh.execute("SELECT count(*) FROM pages") == "3");
}
