#pragma once
// Reads what a client writes into a content, and checks it by the type. Pure functions.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "pages/content_types.hpp"
#include "pages/records.hpp"

namespace feedctl::pages {

// What a content becomes.
struct ContentDraft {
  std::string title;
  std::string payload = "{}";             // a JSON object: the members that change
  std::vector<std::string> removed = {};  // members
  std::string before = "{}";              // for the audit log: title and members that change
  std::string after = "{}";
  bool is_changed = false;
};

// Checks `body` for the type of `content`, which is empty but for its type where it is to be made.
// Error(invalid_argument) with all faults. A required member must be there afterwards.
ContentDraft read_content(const ContentType& type, const ContentRecord& content,
                          const json::Value& body);
// The type that a new content names. Error(invalid_argument).
const ContentType& read_content_type(const ContentTypes& types, const json::Value& body);

// What the audit log keeps of a member: its first 10,000 bytes.
std::string audited_text(std::string_view text);

}  // namespace feedctl::pages
