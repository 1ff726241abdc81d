#pragma once
// The request that handlers get and the response that they return. Plain values, each used by one
// thread at a time.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "base/unique_fd.hpp"
#include "base/uuid.hpp"
#include "http/scopes.hpp"

namespace feedctl::http {

enum class Method { get, head, post, put, patch, del, options };
std::string_view to_string(Method method);
std::optional<Method> parse_method(std::string_view name);

// The user that the bearer token names. An Authenticator fills it in before the handler runs.
struct Identity {
  Id user_id = 0;
  bool is_admin = false;      // in the database, which is asked only for an admin's routes
  bool claims_admin = false;  // in the token
  Scopes scopes = {};
  std::optional<Uuid> session_id = {};  // the session of the token; nullopt: it has none
  std::int32_t token_version = 0;       // of the token
};

struct Request {
  Method method = Method::get;
  std::string path;    // decoded, as sent (with or without its trailing slash)
  std::string target;  // raw: path and query
  std::vector<std::pair<std::string, std::string>> query;        // decoded, in order
  std::vector<std::pair<std::string, std::string>> headers;      // names in lower case
  std::vector<std::pair<std::string, std::string>> path_params;  // decoded: {"id","42"}
  std::string body;            // empty where body_file has it; see read_body()
  std::string body_file;       // "/proc/self/fd/N", an unlinked temporary file with a large body
  bool has_body = false;       // a Content-Length > 0 or chunked body was sent
  std::string client_address;  // of the client, or of the one that trusted proxies name
  bool is_https = false;       // the client's connection, as a trusted proxy says
  std::string request_id;      // from X-Request-Id, or new
  std::string traceparent;     // as sent, or of a new trace where it is absent or malformed
  Deadline deadline{Deadline::Clock::time_point::max()};
  std::optional<Identity> identity;
  // The user who acts without a token, where that is allowed. Authorization sets it, for the log.
  mutable std::optional<Id> actor;
  std::string_view route;  // the canonical pattern of the matched route; the router owns it

  // First value, or nullptr.
  const std::string* header(std::string_view lower_case_name) const;
  const std::string* path_param(std::string_view name) const;
  // Error(invalid_argument) where the name is given twice.
  const std::string* query_param(std::string_view name) const;
  // A query parameter that narrows a list; nullopt where it is absent or empty, as a form sends it.
  // The same error.
  std::optional<std::string> filter_param(std::string_view name) const;

  // A path parameter that is an id. Error(not_found) where it is none.
  Id path_id(std::string_view name) const;
  // `limit` of the query, from 1 to max; else Error(invalid_argument).
  int limit(int fallback, int max) const;
};

class EventStream;

// A part of an open file as the body of a response. Nothing may shorten the file meanwhile.
struct FileBody {
  std::shared_ptr<UniqueFd> file;
  std::size_t offset = 0;
  std::size_t size = 0;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  // The body goes on until this stream is over. Not for routes that run on the event loop.
  std::shared_ptr<EventStream> stream = nullptr;
  // The body in place of `body`. The server sends it in pieces and never compresses it. Not for
  // inline handlers.
  std::shared_ptr<const FileBody> file = nullptr;

  std::size_t body_size() const { return file ? file->size : body.size(); }

  Response& header(std::string name, std::string value) {
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  // The first value of that name, in any case, or nullptr.
  std::string* find_header(std::string_view name);
};

Response json_response(int status, std::string body);
Response no_content();

// Whether an If-None-Match field names that quoted tag, by weak comparison (RFC 9110, 13.1.2).
bool etag_matches(std::string_view if_none_match, std::string_view etag);

// Adds the ETag, quoted here where it is not. Returns 304 without a body where a GET or HEAD names
// the tag in If-None-Match. A handler may ask with an empty response before it does costly work.
Response with_etag(const Request& request, Response response, std::string etag);

}  // namespace feedctl::http
