#pragma once
// The routing table. Dispatch, 405 with Allow, the route label of metrics and the policy of every
// route come from it. A pattern consists of segments; "{name}" matches any one segment. Every
// pattern matches with and without a trailing slash. Built once at start, then read by all threads.
#include <array>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/message.hpp"
#include "http/prepared_response.hpp"
#include "http/scopes.hpp"

namespace feedctl::http {

// Who may call a route. `user`: a signed-in user, or with auth.mode open the user that the request
// names. `editor`: an editor or an admin.
enum class Policy { unset, public_, user, editor, admin };

struct Route;

// Runs for every matched request before its handler, on the handler pool. Checks the credentials
// against the route's policy and scope, and fills in request.identity. Throws
// Error(unauthenticated) or Error(permission_denied).
using Authenticator = std::function<void(Request&, const Route&)>;

using Handler = std::function<Response(const Request&)>;

// Where code runs: on a thread of the handler pool, or on the event loop that read the request.
// Code on an event loop must not wait.
enum class RunOn { pool, event_loop };

// A handler that starts work elsewhere and returns, so that no thread waits for it. Any thread then
// calls `resume` once, possibly before the handler returns. The continuation makes the response or
// throws as a handler does. The request lives until the continuation ends. The handler throws
// errors that occur before the work is started.
using Continuation = std::function<Response()>;
using CompletionCallback = std::function<void(Continuation continuation, RunOn run_on)>;
using AsyncHandler = std::function<void(const Request&, CompletionCallback resume)>;

// The class of a request under overload: the server sheds the last classes first. `automatic`:
// cached for a GET with an inline handler, read for another GET, write for the rest.
enum class LoadClass { health, cached, read, write, upload, automatic };
std::string_view to_string(LoadClass load_class);

// The class of a request for rate limits, each with limits of its own; `none`: without. The server
// limits `login` before it checks credentials, and the others after that. `automatic`: admin for
// Policy::admin, none for LoadClass::health and /.well-known/, upload for LoadClass::upload, login
// for public routes below /auth/, read for another GET, write for the rest.
enum class RateClass { none, read, write, login, upload, admin, automatic };
std::string_view to_string(RateClass rate_class);

struct Route {
  Method method;
  std::string pattern;                    // canonical: "/v1/users/{id}/follow"
  std::vector<std::string> aliases = {};  // other patterns with the same parameters
  Policy policy = Policy::unset;
  // What a token must allow, where the request has one. `automatic`: admin for Policy::editor and
  // Policy::admin, else read for a GET and write for other methods.
  Scope scope = Scope::automatic;
  // The server does not look at Authorization: the body of the request has what the handler checks.
  // So a client may send its expired token along. For public routes only.
  bool ignores_authorization = false;
  Handler handler = {};  // or async_handler
  LoadClass load_class = LoadClass::automatic;
  RateClass rate_class = RateClass::automatic;
  // RunOn::event_loop: for a handler that takes microseconds and does not wait.
  RunOn run_on = RunOn::pool;
  // Tried first, on an event loop; must neither wait nor take long. It checks the credentials
  // itself where the request has any.
  InlineHandler inline_handler = {};
  // For requests without credentials it runs on the event loop, so it must not wait.
  AsyncHandler async_handler = {};
  // The largest body but for JSON, above the server's limit. Such requests count as uploads.
  std::size_t max_body = 0;
};

class Router {
 public:
  // Error(internal) for a route without a policy, without exactly one of `handler` and
  // `async_handler`, or with a pattern that is taken. RunOn::event_loop needs a handler. An inline
  // handler goes with neither a privileged policy nor another scope than read. Only a public route
  // may ignore Authorization.
  void add(Route route);

  static constexpr std::size_t max_segments = 32;  // longer paths match no pattern
  // The values of the path parameters, in the order of the pattern.
  class PathValues {
   public:
    std::span<const std::string_view> all() const { return {values_.data(), count_}; }

   private:
    friend class Router;
    std::array<std::string_view, max_segments> values_;
    std::size_t count_ = 0;
  };
  // As match(), without copies and parameter names.
  const Route* find(Method method, std::string_view path, PathValues& values) const;

  struct Match {
    const Route* route = nullptr;
    std::vector<std::pair<std::string, std::string>> path_params;
  };
  // `path` is decoded and had no encoded slash, as the server rejects those. HEAD matches a GET
  // route. A literal segment wins over a parameter.
  Match match(Method method, std::string_view path) const;
  // The methods of a path, as "GET, HEAD, OPTIONS"; "" where no pattern matches it.
  std::string allowed_methods(std::string_view path) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  struct Node {
    std::vector<std::pair<std::string, std::size_t>> literal_children;  // segment -> node
    std::size_t parameter_child = 0;                                    // node of "{name}"; 0: none
    std::vector<std::pair<Method, std::size_t>> routes;                 // method -> index
    std::vector<std::vector<std::string>> parameter_names;  // one entry for each of `routes`
  };
  struct Segments {
    std::array<std::string_view, max_segments> items;
    std::size_t count = 0;
  };
  struct SearchResult {
    const Node* node = nullptr;
    std::size_t index = 0;  // in the node's routes
  };

  void add_pattern(const std::string& pattern, Method method, std::size_t route);
  static bool split(std::string_view path, Segments& segments);
  // Depth-first, literal segments before parameters: the first node with a route for the method.
  SearchResult search(std::size_t node, const Segments& path, std::size_t position, Method method,
                      PathValues& values) const;
  // All nodes whose pattern matches the path.
  void collect_matches(std::size_t node, const Segments& path, std::size_t position,
                       std::vector<const Node*>& found) const;

  std::vector<Route> routes_;
  std::vector<Node> nodes_{Node{}};
};

}  // namespace feedctl::http
