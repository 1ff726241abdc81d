#pragma once
// Changes of contents, for editors.
//
// A change locks the content's row, checks the version that the editor has seen, and commits with
// its entry of the audit log: all of it or nothing. A change that changes nothing keeps the version
// and leaves no entry. Counters do not raise versions. Thread-safe.
//
// Errors: those of store::Database; Error(not_found); VersionConflict; ContentInUse;
// Error(invalid_argument) with a field for each fault. It has none where the content, or a page
// that shows it, would be too large.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/audit.hpp"
#include "base/json.hpp"
#include "pages/edit_errors.hpp"
#include "pages/records.hpp"

namespace feedctl::pages {

class ContentEditor {
 public:
  ContentEditor(store::Database& database, const ContentTypes& types)
      : database_(database), types_(types) {}

  // nullopt: the list has no such page.
  std::optional<ListPage<ContentRecord>> list(const ListFilter& filter,
                                              std::optional<std::int64_t> number);
  // Contents that pages may get, newest first: by their title, their id, their value or the label
  // of their type.
  std::vector<ContentRecord> autocomplete(const std::string& text, int limit);
  ContentDetail get(Id content);

  // `body`: an object with type, title and the members of the type.
  ContentDetail create(const json::Value& body, const audit::Actor& actor);
  // `body`: those of them that change, without the type. Null removes an optional member.
  ContentDetail change(Id content, const ExpectedVersion& expected, const json::Value& body,
                       const audit::Actor& actor);
  // `unlink`: takes it off the pages that show it, too, whose versions rise.
  void remove(Id content, const ExpectedVersion& expected, bool unlink, const audit::Actor& actor);

 private:
  bool try_unlink_and_remove(Id content, const ExpectedVersion& expected,
                             const audit::Actor& actor);

  store::Database& database_;
  const ContentTypes& types_;
};

}  // namespace feedctl::pages
