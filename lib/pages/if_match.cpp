#include "pages/if_match.hpp"

#include "base/json_writer.hpp"
#include "http/content_negotiation.hpp"
#include "http/problem.hpp"

namespace feedctl::pages {

namespace {

Error malformed() {
  return Error(ErrorCode::invalid_argument,
               "If-Match must be an ETag with its quotes, such as If-Match: \"3\", or * alone");
}

// A tag that no version has matches nothing.
void add_tag(ExpectedVersion& expected, std::string_view tag) {
  if (tag.starts_with("W/")) tag.remove_prefix(2);
  if (tag.size() < 2 || tag.front() != '"' || tag.find('"', 1) != tag.size() - 1) throw malformed();
  if (const auto version = parse_id(tag.substr(1, tag.size() - 2)))
    expected.versions.push_back(*version);
}

ExpectedVersion parse_tags(std::string_view list) {
  ExpectedVersion expected;
  if (http::trimmed(list) == "*") {
    expected.is_any = true;
    return expected;
  }
  bool has_tag = false;
  while (!list.empty()) {
    const auto tag = http::trimmed(http::take_until(',', list));
    if (tag.empty()) continue;
    add_tag(expected, tag);
    has_tag = true;
  }
  if (!has_tag) throw malformed();
  return expected;
}

// A problem with one more member.
http::Response with_member(http::Response problem, std::string_view name, std::string_view json) {
  problem.body.pop_back();
  problem.body.append(",\"").append(name).append("\":").append(json).append("}");
  return problem;
}

}  // namespace

std::string etag_of(std::int64_t version) {
  return '"' + std::to_string(version) + '"';
}

ExpectedVersion expected_version(const http::Request& request, std::string_view what) {
  std::string list;
  bool is_there = false;
  for (const auto& [name, value] : request.headers) {
    if (name != "if-match") continue;
    list.append(is_there ? ", " : "").append(value);
    is_there = true;
  }
  if (is_there) return parse_tags(list);
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
