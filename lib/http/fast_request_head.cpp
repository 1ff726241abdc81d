#include "http/fast_request_head.hpp"

#include <algorithm>

#include "http/header_text.hpp"

namespace feedctl::http {

namespace {

// In the order of Field.
constexpr std::array<std::string_view, 16> field_names{"host",
                                                       "accept",
                                                       "origin",
                                                       "expect",
                                                       "x-user-id",
                                                       "connection",
                                                       "traceparent",
                                                       "x-request-id",
                                                       "x-feed-token",
                                                       "authorization",
                                                       "if-none-match",
                                                       "content-length",
                                                       "accept-encoding",
                                                       "x-forwarded-for",
                                                       "content-encoding",
                                                       "transfer-encoding"};

std::size_t index_of(std::string_view name) {
  for (std::size_t i = 0; i < field_names.size(); ++i) {
    if (field_names[i].size() < name.size()) continue;
    if (field_names[i].size() > name.size()) break;
    if (equals_ignore_case(field_names[i], name)) return i;
  }
  return field_names.size();
}

}  // namespace

FastRequestHead::FastRequestHead(const Request& request)
    : method_(request.method), path_(request.path), query_(request.target) {
  const auto mark = query_.find('?');
  query_ = mark == std::string_view::npos ? std::string_view() : query_.substr(mark + 1);
  for (const auto& [name, value] : request.headers) {
    if (!add_field(name, value)) has_repeated_field_ = true;
  }
}

Request to_request(const FastRequestHead& head) {
  Request request;
  request.method = head.method();
  request.path = head.path();
  for (auto rest = head.query(); !rest.empty();) {
    const auto end = std::min(rest.find('&'), rest.size());
    const auto pair = rest.substr(0, end);
    const auto equals = std::min(pair.find('='), pair.size());
    request.query.emplace_back(pair.substr(0, equals),
                               pair.substr(std::min(equals + 1, pair.size())));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (const auto tags = head.field(Field::if_none_match))
    request.headers.emplace_back("if-none-match", *tags);
  return request;
}

bool FastRequestHead::add_field(std::string_view name, std::string_view value) {
  const auto index = index_of(name);
  if (index == field_names.size()) return true;
  if (fields_[index].data() != nullptr) return false;
  fields_[index] = value.data() != nullptr ? value : std::string_view("");
  return true;
}

}  // namespace feedctl::http
