#pragma once
// Reads pages and their contents from a JSON fixture, such as fixtures/sample_content.json: a list
// of
// {"model": "pages.page", "pk": 1, "fields": {..}}. Each model numbers its objects by itself. Plain
// functions; thread-safe.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"

namespace feedctl::seed {

// What a fixture file holds. `object` is the place in the file, from 1, for errors.
struct ContentFixture {
  struct Page {
    Id id;
    std::string title;
  };
  struct Content {
    std::string type;  // "video"
    Id key;            // in its model
    std::string title;
    std::int64_t counter;
    std::string payload;  // a JSON object
  };
  struct Link {
    std::size_t object;
    Id id;
    Id page;
    std::string type;
    Id key;
    std::int64_t position;
  };
  std::vector<Page> pages;
  std::vector<Content> contents;
  std::vector<Link> links;
};

// Whether the text is a list, as only these fixtures are.
bool is_content_fixture(std::string_view text);

// `source` names the file in errors: Error(bad_data, "sample.json: object 3: ...").
ContentFixture read_content_fixture(const std::string& text, const std::string& source);

// An error of one object of the file.
[[noreturn]] void throw_at_object(const std::string& source, std::size_t object,
                                  const std::string& what);

}  // namespace feedctl::seed
