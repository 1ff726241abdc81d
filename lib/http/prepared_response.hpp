#pragma once
// A response serialized once for many requests, and the inline handler by which a route returns one
// on the event loop that read the request, without a thread of the handler pool.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace feedctl::http {

class FastRequestHead;

// A response in all its variants: identity, gzip and 304. Immutable and thread-safe.
class PreparedResponse {
 public:
  // `response` is a 200, with an ETag or without. `gzipped` is its compressed body where the caller
  // has it already; else the constructor compresses the body where that makes it smaller.
  explicit PreparedResponse(Response response, std::string gzipped = {});
  PreparedResponse(const PreparedResponse&) = delete;
  PreparedResponse& operator=(const PreparedResponse&) = delete;

  // `head` ends before the fields that differ from request to request. `body` belongs to the
  // response.
  struct Variant {
    int status = 200;
    std::string head;
    std::string_view body;
  };
  const Variant& variant(const FastRequestHead& head, bool is_gzip_enabled) const;
  const std::string& content_type() const { return response_.content_type; }

 private:
  Response response_;
  std::string etag_;  // quoted; "" where the response has none
  std::string weak_etag_;
  std::string gzip_body_;  // "" where gzip does not make it smaller
  Variant plain_, vary_, gzipped_, not_modified_, not_modified_vary_, not_modified_weak_;
};

// The answer of an inline handler: shared, or made for this request alone. With neither the server
// runs the route's handler.
struct InlineResponse {
  std::shared_ptr<const PreparedResponse> prepared = nullptr;
  std::optional<Id> user = {};  // for the access log
  std::optional<Response> response = {};
};
using InlineHandler = std::function<InlineResponse(const FastRequestHead&)>;

}  // namespace feedctl::http
