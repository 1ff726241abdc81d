#include "http/range.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "http/header_text.hpp"
#include "http/problem.hpp"

namespace feedctl::http {

namespace {

constexpr std::string_view unit = "bytes=";

struct ByteRange {
  std::size_t first = 0;
  std::size_t size = 0;  // 0: outside of the body
};

// A number above all sizes reads as the largest.
std::optional<std::size_t> parse_number(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  std::size_t number = 0;
  const auto error = std::from_chars(text.data(), text.data() + text.size(), number).ec;
  return error == std::errc{} ? number : std::numeric_limits<std::size_t>::max();
}

// "bytes=0-99", "bytes=100-" and "bytes=-50"; nullopt for everything that a server ignores.
std::optional<ByteRange> parse_range(std::string_view text, std::size_t size) {
  if (!equals_ignore_case(text.substr(0, unit.size()), unit)) return std::nullopt;
  const auto spec = trimmed(text.substr(unit.size()));
  const auto dash = spec.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = parse_number(spec.substr(0, dash)), last = parse_number(spec.substr(dash + 1));
  const bool is_suffix = dash == 0;
  if (is_suffix ? !last : !first) return std::nullopt;
  if (is_suffix) return ByteRange{size - std::min(size, *last), std::min(size, *last)};
  if (!last && dash + 1 < spec.size()) return std::nullopt;
  const auto end = last.value_or(std::numeric_limits<std::size_t>::max());
  if (end < *first) return std::nullopt;
  if (*first >= size) return ByteRange{};
  return ByteRange{*first, std::min(end, size - 1) - *first + 1};
}

// The Range field that counts; nullptr where there is none or the client has another version.
const std::string* range_field(const Request& request, Response& response) {
  if (request.method != Method::get) return nullptr;
  const auto is_range = [](const auto& header) { return header.first == "range"; };
  if (std::count_if(request.headers.begin(), request.headers.end(), is_range) != 1) return nullptr;
  if (const auto* condition = request.header("if-range")) {
    const auto* etag = response.find_header("ETag");
    const bool is_same = etag != nullptr && *etag == *condition && etag->substr(0, 1) == "\"";
    if (!is_same) return nullptr;
  }
  return request.header("range");
}

void cut(Response& response, const ByteRange& range) {
  if (!response.file) {
    response.body = response.body.substr(range.first, range.size);
    return;
  }
  auto part = std::make_shared<FileBody>(*response.file);
  part->offset += range.first;
  part->size = range.size;
  response.file = std::move(part);
}

Response unsatisfiable(const Request& request, std::size_t size) {
  const auto total = std::to_string(size);
  auto response = problem(416, "the range lies outside of the " + total + " bytes that there are",
                          request.request_id);
  response.header("Content-Range", "bytes */" + total);
  return response;
}

}  // namespace

Response with_range(const Request& request, Response response) {
  if (response.status != 200 || response.stream) return response;
  const auto size = response.body_size();
  const auto* field = range_field(request, response);
  const auto range = field != nullptr ? parse_range(*field, size) : std::nullopt;
  if (range && range->size == 0) return unsatisfiable(request, size);
  response.header("Accept-Ranges", "bytes");
  if (!range) return response;
  cut(response, *range);
  response.status = 206;
  response.header("Content-Range", "bytes " + std::to_string(range->first) + "-" +
                                       std::to_string(range->first + range->size - 1) + "/" +
                                       std::to_string(size));
  return response;
}

}  // namespace feedctl::http
