#pragma once
// The state of a page that a change leads to, before it is written. Plain values, used by
// PageEditor.
#include <optional>
#include <string>
#include <vector>

#include "pages/page_editor.hpp"

namespace feedctl::pages {

// A link that a page is to have.
struct Slot {
  Id link = 0;  // 0: a new one
  Id content = 0;
  std::string type;
  std::string pointer = {};  // of a new one, in the request
  const ContentType* registered = nullptr;
};

struct PageDraft {
  std::string title;
  State state = State::draft;
  std::vector<Slot> slots = {};

  static PageDraft of(const PageRecord& page);
  bool is_same(const PageRecord& page) const;
};

Slot new_slot(const WantedContent& wanted);
// The wanted contents in their order, each by a link that the page has to it where there is one.
std::vector<Slot> reuse_links(const PageRecord& page, const std::vector<WantedContent>& wanted);

// The JSON of the audit log: all members, or those in which `page` differs from `other`.
std::string to_audit_json(const ContentTypes& types, const PageDraft& page,
                          const PageDraft* other = nullptr);

}  // namespace feedctl::pages
