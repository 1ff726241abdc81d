// Two editors at once: nothing is lost, positions stay contiguous, and what fails leaves nothing.
#include <algorithm>
#include <future>

#include "base/error.hpp"
#include "editor_fixture.hpp"
#include "support/eventually.hpp"

using namespace feedctl;
using namespace feedctl::test;
using http::Method;

namespace {

bool somebody_waits_for_a_lock(const EditorFixture& fixture) {
  return support::eventually([&] {
    return fixture.sql(
               "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
               "AND wait_event_type = 'Lock'") != "0";
  });
}

std::vector<Id> links_of(const EditorFixture& fixture, const std::string& page) {
  std::vector<Id> links;
  for (const auto& item : support::list_in(fixture.get(page), "contents"))
    links.push_back(support::integer_in(item, "link_id"));
  return links;
}

// A page with `count` contents; its path.
std::string page_of(const EditorFixture& fixture, int count) {
  std::vector<std::string> values;
  for (int i = 0; i < count; ++i) values.push_back(fixture.add_audio("a" + std::to_string(i)));
  return path_of("pages", fixture.add_page("p", values));
}

}  // namespace

TEST_CASE(
    "of two editors who saw the same version one is refused, and loses nothing of the other") {
  EditorFixture fixture;
  const auto page = page_of(fixture, 2);
  const auto seen = etag_in(fixture.get(page));
  auto one = std::async(std::launch::async,
                        [&] { return fixture.patch(page, R"({"title": "one"})", seen); });
  auto other = std::async(std::launch::async, [&] {
    return fixture.patch(page, R"({"contents": ["pages.audiocontent:2"]})", seen);
  });
  const int first = one.get().status, second = other.get().status;
  CHECK(std::min(first, second) == 200);
  CHECK(std::max(first, second) == 412);
  const bool has_title = fixture.sql("SELECT title FROM pages") == "one";
  CHECK(has_title == (first == 200));
  CHECK(fixture.contents_of(1) == (first == 200 ? "1 2" : "2"));
  CHECK(fixture.sql("SELECT version FROM pages") == "2");
  CHECK(fixture.sql("SELECT count(*) FROM audit_log WHERE action = 'page.update'") == "1");
}

TEST_CASE("an editor who waits for another sees the other's version") {
  EditorFixture fixture;
  const auto page = page_of(fixture, 0);
  auto holder = fixture.database.write();
  holder.query({"test/change", "UPDATE pages SET version = version + 1, title = 'held'"});
  auto waiting = std::async(std::launch::async,
                            [&] { return fixture.patch(page, R"({"title": "late"})", "\"1\""); });
  CHECK(somebody_waits_for_a_lock(fixture));
  holder.commit();
  const auto refused = waiting.get();
  CHECK(refused.status == 412);
  CHECK(support::integer_in(refused, "current_version") == 2);
  CHECK(fixture.sql("SELECT title FROM pages") == "held");
}

TEST_CASE("reorders, additions and removals at once leave contiguous positions") {
  EditorFixture fixture;
  const auto page = page_of(fixture, 8);
  const auto links = links_of(fixture, page);
  std::vector<std::future<int>> editors;
  for (int editor = 0; editor < 4; ++editor) {
    editors.push_back(std::async(std::launch::async, [&, editor] {
      int failures = 0;
      for (int i = 0; i < 10; ++i) {
        const auto link = links[static_cast<std::size_t>((editor * 3 + i) % 6)];
        const auto moved = fixture.patch(path_of("page-contents", link),
                                         R"({"position": )" + std::to_string(i % 7) + "}");
        const auto added = fixture.post(
            page + "/contents", R"({"content": "pages.audiocontent:1", "position": 0})", "*");
        failures += moved.status != 200;
        failures += added.status != 200;
      }
      return failures;
    }));
  }
  const int gone = fixture.del(path_of("page-contents", links[7])).status;
  for (auto& editor : editors) CHECK(editor.get() == 0);
  CHECK(gone == 200);
  fixture.contents_of(1);
  CHECK(fixture.sql("SELECT count(*) FROM page_contents") == "47");
  CHECK(fixture.sql("SELECT (SELECT version - 1 FROM pages) = (SELECT count(*) FROM audit_log "
                    "WHERE action = 'page.update')") == "t");
}

TEST_CASE("deleting contents while pages get them neither deadlocks nor leaves a link to nothing") {
  EditorFixture fixture;
  const auto page = page_of(fixture, 1);
  const auto other = path_of("pages", fixture.add_page("q"));
  for (int round = 0; round < 10; ++round) {
    const auto value = fixture.add_audio("x");
    const auto content = "contents/" + value.substr(value.find(':') + 1);
    fixture.post(page + "/contents", R"({"content": ")" + value + "\"}", "*");
    auto deletion = std::async(std::launch::async,
                               [&] { return fixture.del(content + "?unlink=true").status; });
    const auto added = fixture.post(other + "/contents", R"({"content": ")" + value + "\"}", "*");
    CHECK(deletion.get() == 204);
    CHECK((added.status == 200 || added.status == 400));
  }
  CHECK(fixture.contents_of(1) == "1");
  CHECK(fixture.contents_of(2).empty());
}

TEST_CASE("a page that got a content while its deletion waited loses it, too") {
  EditorFixture fixture;
  page_of(fixture, 1);
  fixture.add_page("q");
  auto holder = fixture.database.write();
  holder.query({"test/lock", "SELECT id FROM pages WHERE id = 1 FOR UPDATE"});
  auto deletion =
      std::async(std::launch::async, [&] { return fixture.del("contents/1?unlink=true").status; });
  CHECK(somebody_waits_for_a_lock(fixture));
  CHECK(fixture.post("pages/2/contents", R"({"content": "pages.audiocontent:1"})", "*").status ==
        200);
  holder.commit();
  CHECK(deletion.get() == 204);
  CHECK(fixture.sql("SELECT count(*) FROM page_contents") == "0");
  CHECK(fixture.sql("SELECT string_agg(version::text, ' ' ORDER BY id) FROM pages") == "2 3");
}

TEST_CASE("a statement that is cancelled leaves neither a change nor an entry") {
  EditorFixture fixture;
  const auto page = page_of(fixture, 2);
  const auto state = [&] {
    return fixture.contents_of(1) + " " + fixture.sql("SELECT version || title FROM pages") + " " +
           fixture.audit();
  };
  const auto before = state();
  // The change waits for its last statement, the entry of the audit log.
  store::Database owner(EditorFixture::options(fixture.fresh.owner_url()));
  auto holder = owner.write();
  holder.query({"test/lock", "LOCK TABLE audit_log IN EXCLUSIVE MODE"});
  auto waiting = std::async(std::launch::async, [&] {
    return fixture.patch(page, R"({"title": "q", "contents": ["pages.audiocontent:2"]})").status;
  });
  CHECK(somebody_waits_for_a_lock(fixture));
  fixture.sql(
      "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE "
      "datname = current_database() AND wait_event_type = 'Lock'");
  CHECK(waiting.get() >= 500);
  holder.commit();
  CHECK(state() == before);
}

TEST_CASE("a change whose audit entry fails is rolled back whole") {
  EditorFixture fixture;
  const auto page = page_of(fixture, 2);
  fixture.sql(
      "ALTER TABLE audit_log ADD CONSTRAINT no_more CHECK (action <> 'page.update') NOT VALID");
  CHECK(fixture.patch(page, R"({"title": "q", "contents": []})").status >= 500);
  CHECK(fixture.contents_of(1) == "1 2");
  CHECK(fixture.sql("SELECT version || title FROM pages") == "1p");
}
