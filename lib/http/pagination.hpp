#pragma once
// Keyset pagination, as every list of the API does it: limit (50, at most 100), cursor and a Link
// header. One thread at a time.
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cursor_signer.hpp"
#include "base/json_writer.hpp"
#include "http/message.hpp"

namespace feedctl::http {

// Above every id: the position before the first item.
inline constexpr Id page_start = std::numeric_limits<Id>::max();

// The Link header to the next page: the same request with another cursor.
std::string next_link(const Request& request, int limit, const std::string& cursor);

// A request for a page of a list in descending order of ids. The cursor holds the last id of the
// page before, and is valid for its `scope` only. Errors: Error(invalid_argument).
class PageRequest {
 public:
  PageRequest(const Request& request, const CursorSigner& cursors, std::string scope);

  int limit() const { return limit_; }
  Id before_id() const { return before_id_; }  // exclusive

  // Of items that were read up to limit() + 1: drops the last one of these. Returns where the next
  // page begins, if there is one.
  template <typename Item>
  std::optional<Id> drop_extra(std::vector<Item>& items) const {
    if (items.size() <= static_cast<std::size_t>(limit_)) return std::nullopt;
    items.pop_back();
    return items.back().id;
  }

  // 200 {"<name>": <items>, "next_cursor": ..}, with a Link where there is a next page.
  Response respond(std::string_view name, std::optional<Id> next,
                   const std::function<void(json::Writer&)>& items) const;

 private:
  const Request& request_;
  const CursorSigner& cursors_;
  std::string scope_;
  int limit_;
  Id before_id_;
};

}  // namespace feedctl::http
