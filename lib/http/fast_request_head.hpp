#pragma once
// The head of a GET or HEAD request as views into its bytes, for routes that answer on the event
// loop without a copy. The views are valid for as long as those bytes. One thread at a time. In the
// server FastRequestParser fills it in.
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "http/message.hpp"

namespace feedctl::http {

// The header fields that decide an inline answer, ordered by the sizes of their names.
enum class Field {
  host,
  accept,
  origin,
  expect,
  x_user_id,
  connection,
  traceparent,
  x_request_id,
  x_feed_token,
  authorization,
  if_none_match,
  content_length,
  accept_encoding,
  x_forwarded_for,
  content_encoding,
  transfer_encoding,
};

class FastRequestHead {
 public:
  FastRequestHead() = default;
  // Views into a parsed request that has no body.
  explicit FastRequestHead(const Request& request);

  Method method() const { return method_; }
  std::string_view path() const { return path_; }    // decoded, as the router takes it
  std::string_view query() const { return query_; }  // raw, without its '?'
  // nullopt where the client did not send it.
  std::optional<std::string_view> field(Field name) const {
    const auto& value = fields_[static_cast<std::size_t>(name)];
    return value.data() != nullptr ? std::optional(value) : std::nullopt;
  }
  bool has_field(Field name) const {
    return fields_[static_cast<std::size_t>(name)].data() != nullptr;
  }
  bool wants_close() const { return wants_close_; }  // Connection: close
  // A parsed request has one of these fields twice, so it needs its handler.
  bool has_repeated_field() const { return has_repeated_field_; }
  // The values of the route's path parameters, in the order of its pattern.
  std::span<const std::string_view> path_values;
  // The handler pool is behind, so a stale answer is better than none.
  bool overloaded = false;
  // The client accepts gzip. To compress for one request takes a handler's time.
  bool wants_gzip = false;

 private:
  friend class FastRequestParser;
  static constexpr std::size_t field_count = 16;
  // False where the field is one of Field and is there already.
  bool add_field(std::string_view name, std::string_view value);

  Method method_ = Method::get;
  std::string_view path_;
  std::string_view query_;
  bool wants_close_ = false;
  bool has_repeated_field_ = false;
  std::array<std::string_view, field_count> fields_{};
};

// A Request with method, path, query and If-None-Match. Only for a head that FastRequestParser
// made, since nothing in its target is encoded.
Request to_request(const FastRequestHead& head);

}  // namespace feedctl::http
