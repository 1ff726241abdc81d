#pragma once
// Changes of pages and of what they show, for editors.
//
// A change locks the page's row, checks the version that the editor has seen, and commits with its
// entry of the audit log: all of it or nothing. Positions of links stay contiguous from 0. A change
// that changes nothing keeps the version and leaves no entry. Thread-safe.
//
// Errors: those of store::Database; Error(not_found); VersionConflict; Error(invalid_argument) with
// a field for each fault.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/audit.hpp"
#include "pages/edit_errors.hpp"
#include "pages/records.hpp"

namespace feedctl::pages {

// A content that a client names, and where in its request.
struct WantedContent {
  std::string pointer;  // "/contents/3"
  ContentRef ref;
};

// What a client wants of a page. nullopt: that stays, or is the default of a new page. `faults`
// were found already; the editor adds those that only the database knows.
struct PageInput {
  std::optional<std::string> title = {};
  std::optional<State> state = {};
  std::optional<std::vector<WantedContent>> contents = {};
  std::vector<FieldError> faults = {};
};

// A place among the contents of a page; nullopt: at the end.
struct PlaceInput {
  std::optional<WantedContent> content = {};
  std::optional<std::int64_t> position = {};
  std::vector<FieldError> faults = {};
};

class PageEditor {
 public:
  PageEditor(store::Database& database, const ContentTypes& types)
      : database_(database), types_(types) {}

  // nullopt: the list has no such page.
  std::optional<ListPage<PageRow>> list(const ListFilter& filter,
                                        std::optional<std::int64_t> number);
  PageRecord get(Id page);

  PageRecord create(PageInput input, const audit::Actor& actor);
  // Links stay the same where their contents do.
  PageRecord change(Id page, const ExpectedVersion& expected, PageInput input,
                    const audit::Actor& actor);
  void remove(Id page, const ExpectedVersion& expected, const audit::Actor& actor);

  PageRecord add_content(Id page, const ExpectedVersion& expected, PlaceInput input,
                         const audit::Actor& actor);
  // These two find the page by its link.
  PageRecord move_content(Id link, const ExpectedVersion& expected, PlaceInput input,
                          const audit::Actor& actor);
  PageRecord remove_content(Id link, const ExpectedVersion& expected, const audit::Actor& actor);

 private:
  store::Database& database_;
  const ContentTypes& types_;
};

}  // namespace feedctl::pages
