#pragma once
// A request as handlers see it and the response they give; no cpp-httplib type in sight.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "base/json.hpp"
#include "base/time.hpp"

namespace feedctl::http {

enum class Method { get, head, post, put, patch, del, options };
std::string_view to_string(Method method);
std::optional<Method> method_of(std::string_view name);

// Who the bearer token says is asking; filled in before the handler runs (see Authenticator).
struct Identity {
  Id user_id = 0;
  bool admin = false;          // as the database has it now; looked up only where it matters
  bool admin_claimed = false;  // as the token has it
};

struct Request {
  Method method = Method::get;
  std::string path;    // decoded, as sent (with or without its trailing slash)
  std::string target;  // raw: path and query
  std::vector<std::pair<std::string, std::string>> query;        // decoded, in order
  std::vector<std::pair<std::string, std::string>> headers;      // names in lower case
  std::vector<std::pair<std::string, std::string>> path_params;  // decoded: {"id","42"}
  std::string body;         // empty where it was spilled to body_file
  std::string body_file;    // path (/proc/self/fd/N) of an unlinked temp file: bodies over 64 KiB
  bool has_body = false;    // a Content-Length > 0 or chunked body was sent
  std::string client;       // address of the client, after the proxy rules
  std::string request_id;   // taken over from X-Request-Id or made here
  std::string traceparent;  // as sent, or of a new trace where none or a malformed one came
  Deadline deadline{Deadline::Clock::time_point::max()};
  std::optional<Identity> identity;
  // Who acts without a token, where that is allowed; set by whoever finds it out, for the log.
  mutable std::optional<Id> actor;
  std::string_view route;  // the canonical pattern of the route that answers; the router owns it

  // First value, or nullptr.
  const std::string* header(std::string_view lower_case_name) const;
  const std::string* param(std::string_view name) const;  // path
  // Twice the same name: Error(invalid_argument).
  const std::string* query_value(std::string_view name) const;

  // {id} in a path: Error(not_found) where it is no id.
  Id path_id(std::string_view name) const;
  // limit in the query: an integer in 1..max; S0-43's messages.
  int limit(int fallback, int max) const;
};

// The body as it was sent, wherever it lies.
std::string raw_body(const Request& request);

// The body as a JSON object. Content-Type must be application/json (or any +json) where a body was
// sent: else 415; an empty body reads as {}. Errors as the documents word them.
class Body {
 public:
  static Body parse(const Request& request);

  bool has(std::string_view name) const { return value_.find(name) != nullptr; }
  // Absent or null: nullopt. Wrong type: 400 "<name> must be a string" / "<name> must be an
  // integer"; ids accept a number or a decimal string; < 1: 400 "<name> must be positive".
  std::optional<std::string> text(std::string_view name) const;
  std::optional<Id> id(std::string_view name) const;
  std::optional<std::vector<Id>> ids(std::string_view name, std::size_t max) const;
  const json::Value& value() const { return value_; }

 private:
  json::Value value_;
};

class EventStream;

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  // The body goes on for as long as this does. Not for requests with a body, nor for on_loop
  // routes.
  std::shared_ptr<EventStream> stream = nullptr;

  Response& header(std::string name, std::string value) {
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
  }
};

Response json_response(int status, std::string body);
Response no_content();

// Whether an If-None-Match field names that tag (quoted), weakly compared.
bool names_tag(std::string_view if_none_match, std::string_view etag);

// `response` with this ETag (quoted here where it is not), or 304 without a body where a GET or
// HEAD names it in If-None-Match. Call it before the costly part with an empty response, too.
Response conditional(const Request& request, Response response, std::string etag);

}  // namespace feedctl::http
