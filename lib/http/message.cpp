#include "http/message.hpp"

#include <algorithm>
#include <charconv>

#include "base/error.hpp"
#include "http/header_text.hpp"

namespace feedctl::http {

namespace {

constexpr std::pair<Method, std::string_view> method_names[] = {
    {Method::get, "GET"},        {Method::head, "HEAD"},   {Method::post, "POST"},
    {Method::put, "PUT"},        {Method::patch, "PATCH"}, {Method::del, "DELETE"},
    {Method::options, "OPTIONS"}};

using Pairs = std::vector<std::pair<std::string, std::string>>;

const std::string* first(const Pairs& pairs, std::string_view name) {
  for (const auto& [key, value] : pairs) {
    if (key == name) return &value;
  }
  return nullptr;
}

bool has_leading_zero(std::string_view number) {
  if (number.substr(0, 1) == "-") number.remove_prefix(1);
  return number.size() > 1 && number.front() == '0';
}

Error invalid(std::string message) {
  return Error(ErrorCode::invalid_argument, message);
}

// One opaque tag of an If-None-Match list, its weakness dropped; `list` moves past it.
std::string_view next_tag(std::string_view& list) {
  const auto start = list.find_first_not_of(", \t");
  if (start == std::string_view::npos) return list = {};
  list.remove_prefix(start);
  if (list.substr(0, 2) == "W/") list.remove_prefix(2);
  if (list.empty()) return list;
  const auto end = list.front() == '"' ? list.find('"', 1) : list.find(',');
  const auto size = end == std::string_view::npos ? list.size() : end + (list[end] == '"');
  const auto tag = list.substr(0, size);
  list.remove_prefix(size);
  return tag;
}

}  // namespace

bool etag_matches(std::string_view if_none_match, std::string_view etag) {
  if (if_none_match == "*") return true;
  if (etag.substr(0, 2) == "W/") etag.remove_prefix(2);
  while (!if_none_match.empty()) {
    if (next_tag(if_none_match) == etag) return true;
  }
  return false;
}

std::string_view to_string(Method method) {
  for (const auto& [known, name] : method_names) {
    if (known == method) return name;
  }
  return "";
}

std::optional<Method> parse_method(std::string_view name) {
  for (const auto& [method, known] : method_names) {
    if (known == name) return method;
  }
  return std::nullopt;
}

const std::string* Request::header(std::string_view lower_case_name) const {
  return first(headers, lower_case_name);
}

const std::string* Request::path_param(std::string_view name) const {
  return first(path_params, name);
}

const std::string* Request::query_param(std::string_view name) const {
  const std::string* found = nullptr;
  for (const auto& [key, value] : query) {
    if (key != name) continue;
    if (found != nullptr) throw invalid(std::string(name) + " must be given once");
    found = &value;
  }
  return found;
}

std::optional<std::string> Request::filter_param(std::string_view name) const {
  const auto* value = query_param(name);
  return value != nullptr && !value->empty() ? std::optional(*value) : std::nullopt;
}

Id Request::path_id(std::string_view name) const {
  const auto* text = path_param(name);
  const auto id = text != nullptr ? parse_id(*text) : std::nullopt;
  if (!id) throw Error(ErrorCode::not_found, "Not found");
  return *id;
}

int Request::limit(int fallback, int max) const {
  const auto* text = query_param("limit");
  if (text == nullptr) return fallback;
  long long value = 0;
  const auto* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, value);
  if (stop != end || error == std::errc::invalid_argument || has_leading_zero(*text))
    throw invalid("limit must be an integer");
  const bool too_big = error == std::errc::result_out_of_range ? text->front() != '-' : value > max;
  if (too_big) throw invalid("limit cannot exceed " + std::to_string(max));
  if (error != std::errc{} || value < 1) throw invalid("limit must be positive");
  return static_cast<int>(value);
}

std::string* Response::find_header(std::string_view name) {
  for (auto& [known, value] : headers) {
    if (equals_ignore_case(known, name)) return &value;
  }
  return nullptr;
}

Response json_response(int status, std::string body) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

Response no_content() {
  Response response;
  response.status = 204;
  response.content_type.clear();
  return response;
}

Response with_etag(const Request& request, Response response, std::string etag) {
  if (etag.empty() || (etag.front() != '"' && etag.compare(0, 2, "W/") != 0))
    etag = '"' + etag + '"';
  const auto* if_none_match = request.header("if-none-match");
  const bool reads = request.method == Method::get || request.method == Method::head;
  if (reads && if_none_match != nullptr && response.status == 200 &&
      etag_matches(*if_none_match, etag)) {
    response.status = 304;
    response.body.clear();
    response.file.reset();
    response.content_type.clear();
  }
  response.header("ETag", std::move(etag));
  return response;
}

}  // namespace feedctl::http
