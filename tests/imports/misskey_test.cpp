#include "imports/misskey.hpp"

#include <string>
#include <vector>

#include "recorded_posts.hpp"
#include "support/archive_writer.hpp"
#include "support/catch.hpp"
#include "support/error_code.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using namespace feedctl::imports;

namespace {

const Time test_time = *parse_rfc3339("2026-01-01T00:00:00Z");

// `members`: further members, each with a comma before it.
std::string note(const std::string& id, const std::string& text, const std::string& members = "",
                 const std::string& at = "2025-05-01T09:00:00.123Z") {
  return R"({"id": ")" + id + R"(", "text": )" + text + R"(, "createdAt": ")" + at + "\"" +
         members + "}";
}

std::string list(const std::vector<std::string>& notes) {
  std::string text = "[";
  for (const auto& one : notes) {
    if (text.size() > 1) text += ",";
    text += one;
  }
  return text + "]";
}

RecordingSink read_file(const std::string& name, const std::string& text,
                        const std::optional<std::string>& handle = {}) {
  const support::TempFolder folder;
  auto archive = ArchiveFile::open(folder.write(name, text));
  RecordingSink sink;
  read_misskey(archive, sink, handle, test_time);
  return sink;
}

RecordingSink read_notes(const std::vector<std::string>& notes) {
  return read_file("notes-ada.json", list(notes));
}

}  // namespace

TEST_CASE("notes are of the user whom they name, else of the one in the name of the file") {
  const auto with_id =
      read_file("notes-ada.json", list({note("1", R"("a")", R"(, "userId": "9u1")")}));
  CHECK(with_id.accounts.at(0).network == "misskey");
  CHECK(with_id.accounts.at(0).external_id == "9u1");
  CHECK(with_id.accounts.at(0).handle == "ada");
  const auto named = read_file("notes-ada.json", list({note("1", R"("a")")}));
  CHECK(named.accounts.at(0).external_id == "@ada");
  CHECK(named.accounts.at(0).handle == "ada");
  const auto given = read_file("notes-2025-05-02-10-00-00.json", list({note("1", R"("a")")}), "bo");
  CHECK(given.accounts.at(0).external_id == "@bo");
  CHECK(given.accounts.at(0).handle == "bo");
  const auto only_id = read_file("notes-2025-05-02-10-00-00.json",
                                 list({note("1", R"("a")", R"(, "userId": "9u1")")}));
  CHECK(only_id.accounts.at(0).handle == "9u1");
  CHECK(support::error_code_of([] {
          read_file("notes-2025-05-02-10-00-00.json", list({note("1", R"("a")")}));
        }) == ErrorCode::bad_data);
}

TEST_CASE("public notes are read, with their warning before the text") {
  const auto sink =
      read_notes({note("1", R"("plain")"), note("2", R"("home")", R"(, "visibility": "home")"),
                  note("3", R"("for some")", R"(, "visibility": "specified")"),
                  note("4", R"("for followers")", R"(, "visibility": "followers")"),
                  note("5", R"("the end")", R"(, "cw": "spoiler")"),
                  note("6", "null", R"(, "cw": "only this")"),
                  note("7", R"("two\nlines")", R"(, "cw": "")"), note("8", "null")});
  CHECK(find_post(sink, "1")->at == *parse_rfc3339("2025-05-01T09:00:00.123Z"));
  CHECK(text_of(sink, "2") == "home");
  CHECK(text_of(sink, "5") == "spoiler\n\nthe end");
  CHECK(text_of(sink, "6") == "only this");
  CHECK(text_of(sink, "7") == "two\nlines");
  CHECK(sink.posts.size() == 5);
  CHECK(skip_counts(sink) == SkipCounts{{"not_public", 2}, {"no_text", 1}});
}

TEST_CASE("a renote without words is a repost, one with words a quote") {
  const auto sink = read_notes({note("1", "null", R"(, "renoteId": "9z")"),
                                note("2", R"("")", R"(, "renoteId": "9z")"),
                                note("3", R"("look")", R"(, "renoteId": "9z")"),
                                note("4", R"("an answer")", R"(, "replyId": "9z")"),
                                note("5", R"("none")", R"(, "replyId": null, "renoteId": null)")});
  CHECK(sink.posts.size() == 3);
  CHECK(skip_counts(sink) == SkipCounts{{"repost", 2}});
  CHECK(find_post(sink, "4")->is_reply);
  CHECK_FALSE(find_post(sink, "5")->is_reply);
}

TEST_CASE("what is no note is counted, and the others are read") {
  const auto sink = read_notes({"7", R"({"text": "no id"})", note("1", R"("one")"),
                                note("2", R"("two")", "", "yesterday"),
                                note("3", R"("three")", "", "1999-01-01T00:00:00Z")});
  CHECK(sink.posts.size() == 1);
  CHECK(skip_counts(sink) == SkipCounts{{"malformed", 2}, {"bad_time", 2}});
}

TEST_CASE("all files of notes in an archive are read") {
  const support::TempFolder folder;
  const auto path = folder.path() / "export.zip";
  support::write_archive(path, support::ArchiveWriter::Format::zip,
                         {{"readme.txt", "hello"},
                          {"export/notes-ada.json", list({note("1", R"("a")")})},
                          {"export/notes-2025-05-02.json", list({note("2", R"("b")")})},
                          {"export/clips.json", list({note("3", R"("c")")})}});
  auto archive = ArchiveFile::open(path);
  RecordingSink sink;
  read_misskey(archive, sink, {}, test_time);
  CHECK(sink.accounts.at(0).handle == "ada");
  CHECK(sink.posts.size() == 2);
}

TEST_CASE("a document that is no list of notes is refused") {
  for (const char* text : {"{}", "[", "", "[{\"id\": \"1\"}"}) {
    INFO(text);
    CHECK(support::error_code_of([&] { read_file("notes-ada.json", text); }) ==
          ErrorCode::bad_data);
  }
}
