#pragma once
// Lists by keyset, as every list of the API pages: limit (50, at most 100), cursor, Link.
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "base/cursor.hpp"
#include "base/json_writer.hpp"
#include "http/message.hpp"

namespace feedctl::http {

// Above every id: where a list begins.
inline constexpr Id page_start = std::numeric_limits<Id>::max();

// The Link header of a page that has a next one: the same request again, but for its cursor.
std::string next_link(const Request& request, int limit, const std::string& cursor);

// One request for a page of a list that is ordered by id, newest first. The cursor holds the last
// id seen and is good for `scope` alone.
class PageRequest {
 public:
  PageRequest(const Request& request, const CursorSigner& cursors, std::string scope);

  int limit() const { return limit_; }
  Id before() const { return before_; }  // items lie below it

  // 200 {"<name>": <items>, "next_cursor": ..} with a Link to the next page, where there is one.
  Response answer(std::string_view name, std::optional<Id> next,
                  const std::function<void(json::Writer&)>& items) const;

 private:
  const Request& request_;
  const CursorSigner& cursors_;
  std::string scope_;
  int limit_;
  Id before_;
};

}  // namespace feedctl::http
