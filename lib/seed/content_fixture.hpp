#pragma once
// Reads pages and their contents from a JSON fixture, such as fixtures/sample_content.json: a list
// of {"model": "pages.page", "pk": 1, "fields": {..}}. Each model numbers its objects by itself; a
// content's model is the label of its type. Plain functions; thread-safe.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "pages/pages.hpp"

namespace feedctl::seed {

// Where an object stands in its file, both from 1.
struct FixturePlace {
  int line = 1;
  std::size_t object = 0;
};

// What a fixture file holds.
struct ContentFixture {
  struct Page {
    Id id;
    std::string title;
    std::optional<std::string> state;  // nullopt: as it is, and published where it is new
  };
  struct Content {
    std::string type;  // "video"
    Id key;            // in its model
    std::string title;
    std::int64_t counter;
    std::string payload;  // a JSON object
  };
  struct Link {
    FixturePlace place;
    Id id;
    Id page;
    std::string type;
    Id key;
    std::int64_t position;  // among the links of its page in the file, from 0
  };
  std::vector<Page> pages;
  std::vector<Content> contents;
  std::vector<Link> links;
};

// Whether the text is a list, as only these fixtures are.
bool is_content_fixture(std::string_view text);

// `source` names the file in errors. Those of an object have its line, its number and the pointer
// to the wrong member: Error(bad_data, "sample.json:7: object 3: "title" must not be empty
// (/2/fields/title)").
ContentFixture read_content_fixture(const std::string& text, const std::string& source,
                                    const pages::ContentTypes& types);

// An error of one object of the file.
[[noreturn]] void throw_at(const std::string& source, const FixturePlace& place,
                           const std::string& what);

}  // namespace feedctl::seed
