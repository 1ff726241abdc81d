#pragma once
// Short words for black-box tests: send a request, look into its JSON.
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "base/time.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"
#include "support/server_process.hpp"

namespace feedctl::api {

using support::HttpClient;
using support::HttpResponse;

inline json::Value parse_body(const HttpResponse& answer) {
  return json::parse(answer.body);
}

// A member by name; fails the test where it is not there or of another type. `source`: a value or
// an answer.
template <typename Source>
std::int64_t integer_member(const Source& source, std::string_view name) {
  return support::integer_in(source, name);
}
template <typename Source>
std::string text_member(const Source& source, std::string_view name) {
  return support::text_in(source, name);
}
template <typename Source>
bool bool_member(const Source& source, std::string_view name) {
  return support::flag_in(source, name);
}
template <typename Source>
decltype(auto) list_member(Source&& source, std::string_view name) {
  return support::list_in(std::forward<Source>(source), name);
}

inline std::string error_message(const HttpResponse& answer) {
  return text_member(answer, "error");
}

// Creates and returns the id.
std::int64_t create_user(const HttpClient& http, const std::string& handle);
std::int64_t create_post(const HttpClient& http, std::optional<std::int64_t> author = std::nullopt,
                         const std::string& text = "");
HttpResponse like(const HttpClient& http, std::int64_t post, std::int64_t user);
// Ids of every page to the true end, following next_cursor; fails on a repeated id.
std::vector<std::int64_t> fetch_all_pages(const HttpClient& http, const std::string& path,
                                          const std::string& member, int limit);

}  // namespace feedctl::api
