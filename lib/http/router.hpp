#pragma once
// The one routing table: dispatch, 405 and Allow, the route label of metrics and the policy of
// every route come from it. Patterns are segments, "{name}" takes one; every pattern answers with
// and without a trailing slash. Built once at start, then read by all threads.
#include <array>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/message.hpp"
#include "http/ready.hpp"

namespace feedctl::http {

// Who may call a route. `user`: a signed-in user, or (auth.mode: open) whoever the request names.
enum class Policy { unset, public_, user, admin };

using Handler = std::function<Response(const Request&)>;

// For a handler whose work others do, so that no thread need wait for it: begins the work and
// returns. Then `resume` is called once, by any thread, at the earliest during the begin: with what
// is left, which makes the response or throws as a handler does, and whether that is quick, that
// is, waits for nothing. The request lives until then, and no longer. Errors before that are
// thrown.
using Rest = std::function<Response()>;
using Resume = std::function<void(Rest rest, bool quick)>;
using Begin = std::function<void(const Request&, Resume resume)>;

// What a request is to a server that has too much to do: what stands first is kept up longest.
// `automatic`: for GET cached, where the route has answers in memory, or read; write for the rest.
enum class Load { health, cached, read, write, upload, automatic };
std::string_view to_string(Load load);

struct Route {
  Method method;
  std::string pattern;               // canonical: "/v1/users/{id}/follow"
  std::vector<std::string> aliases;  // other patterns with the same parameters
  Policy policy = Policy::unset;
  Handler handler;
  Load load = Load::automatic;
  // The handler takes microseconds and waits for nothing: it runs on the loop that framed the
  // request.
  bool on_loop = false;
  // Asked first, on a loop; may neither wait nor take long. Checks credentials itself where the
  // request has any.
  FromMemory from_memory = {};
  // Asked instead of the handler wherever that would be on the pool, and for requests without
  // credentials on the loop that framed them: may not wait.
  Begin begin = {};
};

class Router {
 public:
  // Error(internal) for a route without policy or with a pattern that is taken, and for answers
  // from memory on an admin's route.
  void add(Route route);

  static constexpr std::size_t max_segments = 32;  // no pattern is longer; longer paths match none
  // What the parameters of a pattern took of a path, in its order.
  class Values {
   public:
    std::span<const std::string_view> all() const { return {values_.data(), count_}; }

   private:
    friend class Router;
    std::array<std::string_view, max_segments> values_;
    std::size_t count_ = 0;
  };
  // The same as match() without its costs: no names, no methods of a path that has another.
  const Route* find(Method method, std::string_view path, Values& values) const;

  struct Match {
    const Route* route = nullptr;
    std::vector<std::pair<std::string, std::string>> path_params;
  };
  // `path` is decoded and has no encoded slash (the server refuses those). HEAD finds GET. Fixed
  // segments win over parameters.
  Match match(Method method, std::string_view path) const;
  // The methods of a path ("GET, HEAD, OPTIONS"); "": there is no such path.
  std::string allow(std::string_view path) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  struct Node {
    std::vector<std::pair<std::string, std::size_t>> fixed;  // segment -> node
    std::size_t any = 0;                                     // node of "{name}", 0 = none
    std::vector<std::pair<Method, std::size_t>> routes;      // method -> index
    std::vector<std::vector<std::string>> names;             // parameter names, beside `routes`
  };
  struct Segments {
    std::array<std::string_view, max_segments> at;
    std::size_t count = 0;
  };
  struct Found {
    const Node* node = nullptr;
    std::size_t place = 0;  // in the node's routes
  };

  void add_pattern(const std::string& pattern, Method method, std::size_t route);
  static bool split(std::string_view path, Segments& segments);
  // The most specific end of the path that takes the method.
  Found search(std::size_t node, const Segments& path, std::size_t at, Method method,
               Values& values) const;
  // The nodes at which the path ends.
  void ends(std::size_t node, const Segments& path, std::size_t at,
            std::vector<const Node*>& found) const;

  std::vector<Route> routes_;
  std::vector<Node> nodes_{Node{}};
};

}  // namespace feedctl::http
