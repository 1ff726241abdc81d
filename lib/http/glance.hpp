#pragma once
// What a loop sees of a plain GET or HEAD before anything is copied: views into its bytes, good as
// long as those are. It knows the usual, harmless forms only and leaves everything else to the
// Framer, so it takes nothing that the Framer would refuse or read in another way.
#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "http/message.hpp"

namespace feedctl::http {

class HostRules;
struct Limits;

// The fields that decide how a request is answered from memory.
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

class Glance {
 public:
  Glance() = default;
  // Of a request that was framed, and has no body.
  explicit Glance(const Request& request);

  // Reads the request line at the start of `bytes`; false where it is not complete or not plain.
  bool read_line(std::string_view bytes, const Limits& limits);
  // Then the rest of the head; the request's size, or 0 where it is not complete or not plain.
  std::size_t read_fields(std::string_view bytes, const Limits& limits, const HostRules& hosts);

  Method method() const { return method_; }
  std::string_view path() const { return path_; }    // as the router takes it
  std::string_view query() const { return query_; }  // raw, without its '?'
  // nullopt where it was not sent.
  std::optional<std::string_view> field(Field name) const {
    const auto& value = fields_[static_cast<std::size_t>(name)];
    return value.data() != nullptr ? std::optional(value) : std::nullopt;
  }
  bool has(Field name) const { return fields_[static_cast<std::size_t>(name)].data() != nullptr; }
  bool closes() const { return closes_; }  // the client wants no more than this answer
  // A field that counts was sent twice (in a framed request): which of them is for others to say.
  bool doubtful() const { return doubtful_; }
  // What the parameters of the route's pattern took, in its order.
  std::span<const std::string_view> path_values;
  // Handlers are behind: an answer that is somewhat old is better than none.
  bool strained = false;
  // The answer is to be compressed where that pays, which for one request takes a handler's time.
  bool gzips = false;

 private:
  static constexpr std::size_t field_count = 16;
  bool take_field(std::string_view name, std::string_view value);
  bool plain(const HostRules& hosts);

  Method method_ = Method::get;
  std::string_view path_;
  std::string_view query_;
  std::size_t line_size_ = 0;
  bool closes_ = false;
  bool doubtful_ = false;
  std::array<std::string_view, field_count> fields_{};
};

// The request as handlers see one, as far as pages need it: method, path, query and If-None-Match.
// Of a plain target only (read_line), where nothing is encoded.
Request request_of(const Glance& glance);

}  // namespace feedctl::http
