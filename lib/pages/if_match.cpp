#include "pages/if_match.hpp"

#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "http/problem.hpp"

namespace feedctl::pages {

namespace {

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// Tags that no version has match nothing. A * counts alone, and not within a list or a tag.
void add_tags(ExpectedVersion& expected, std::string_view list) {
  if (trimmed(list) == "*") expected.is_any = true;
  while (!list.empty()) {
    auto tag = trimmed(next_field(list, ','));
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag.size() < 3 || tag.front() != '"' || tag.back() != '"') continue;
    if (const auto version = parse_id(tag.substr(1, tag.size() - 2)))
      expected.versions.push_back(*version);
  }
}

// A problem with one more member.
http::Response with_member(http::Response problem, std::string_view name, std::string_view json) {
  problem.body.pop_back();
  problem.body.append(",\"").append(name).append("\":").append(json).append("}");
  problem.header("Cache-Control", "no-store");
  return problem;
}

}  // namespace

std::string etag_of(std::int64_t version) {
  return '"' + std::to_string(version) + '"';
}

ExpectedVersion expected_version(const http::Request& request, std::string_view what) {
  ExpectedVersion expected;
  bool is_there = false;
  for (const auto& [name, value] : request.headers) {
    if (name != "if-match") continue;
    is_there = true;
    add_tags(expected, value);
  }
  if (is_there) return expected;
  throw http::HttpError(428, "send If-Match with the ETag of the " + std::string(what) +
                                 " that you read, such as If-Match: \"3\", so that no change of "
                                 "somebody else is lost; If-Match: * overwrites any");
}

http::Response conflict_response(const http::Request& request, const VersionConflict& conflict) {
  auto response = with_member(http::problem(412, conflict.what(), request.request_id),
                              "current_version", std::to_string(conflict.current_version()));
  response.header("ETag", etag_of(conflict.current_version()));
  return response;
}

http::Response conflict_response(const http::Request& request, const ContentInUse& conflict) {
  std::string pages;
  json::Writer writer(pages);
  writer.open_array();
  for (const auto& page : conflict.pages())
    writer.open_object().integer("id", page.id).text("title", page.title).close_object();
  writer.close_array();
  return with_member(http::problem(409, conflict.what(), request.request_id), "pages", pages);
}

}  // namespace feedctl::pages
