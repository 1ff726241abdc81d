#pragma once
// Why an editor's change is refused. Plain values.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "pages/pages.hpp"

namespace feedctl::pages {

// The versions that a client has seen, as its If-Match says.
struct ExpectedVersion {
  bool is_any = false;
  std::vector<std::int64_t> versions = {};

  bool allows(std::int64_t version) const {
    for (const auto expected : versions) {
      if (expected == version) return true;
    }
    return is_any;
  }
};

// Somebody else has changed it since: 412.
class VersionConflict : public Error {
 public:
  explicit VersionConflict(std::int64_t current_version)
      : Error(ErrorCode::conflict,
              "it has changed since you read it: read it again, and repeat your change"),
        current_version_(current_version) {}
  std::int64_t current_version() const { return current_version_; }

 private:
  std::int64_t current_version_;
};

// Pages show a content that is to be deleted: 409.
class ContentInUse : public Error {
 public:
  // `pages`: the first of `count`.
  ContentInUse(std::vector<PageSummary> pages, std::int64_t count)
      : Error(ErrorCode::conflict, text_of(pages, count)), pages_(std::move(pages)) {}
  const std::vector<PageSummary>& pages() const { return pages_; }

 private:
  static std::string text_of(const std::vector<PageSummary>& pages, std::int64_t count) {
    std::string text = count == 1 ? "a page shows this content:"
                                  : std::to_string(count) + " pages show this content:";
    const char* separator = " ";
    for (const auto& page : pages) {
      text.append(separator).append("\"" + page.title + "\" (" + std::to_string(page.id) + ")");
      separator = ", ";
    }
    if (count > static_cast<std::int64_t>(pages.size())) text += ", ..";
    return text + "; ?unlink=true takes it off them, too";
  }

  std::vector<PageSummary> pages_;
};

// Error(invalid_argument) with all faults, if there are any.
void throw_faults(const std::vector<FieldError>& faults);

}  // namespace feedctl::pages
