#pragma once
// The one routing table: dispatch, 405 and Allow, the route label of metrics and the policy of
// every route come from it. Patterns are segments, "{name}" takes one; every pattern answers with
// and without a trailing slash. Built once at start, then read by all threads.
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/message.hpp"

namespace feedctl::http {

// Who may call a route. `user`: a signed-in user, or (auth.mode: open) whoever the request names.
enum class Policy { unset, public_, user, admin };

using Handler = std::function<Response(const Request&)>;

struct Route {
  Method method;
  std::string pattern;               // canonical: "/v1/users/{id}/follow"
  std::vector<std::string> aliases;  // other patterns with the same parameters
  Policy policy = Policy::unset;
  Handler handler;
};

class Router {
 public:
  // Error(internal) for a route without policy or with a pattern that is taken.
  void add(Route route);

  struct Match {
    const Route* route = nullptr;  // nullptr: see `allow`
    std::vector<std::pair<std::string, std::string>> path_params;
    std::string allow;  // methods of that path ("GET, HEAD, OPTIONS"); "" = no such path
  };
  // `path` is decoded and has no encoded slash (the server refuses those). HEAD finds GET. Fixed
  // segments win over parameters.
  Match match(Method method, std::string_view path) const;
  // Match::allow for a method that is none of Method's.
  std::string allow(std::string_view path) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  struct Node {
    std::vector<std::pair<std::string, std::size_t>> fixed;  // segment -> node
    std::size_t any = 0;                                     // node of "{name}", 0 = none
    std::vector<std::pair<Method, std::size_t>> routes;      // method -> index
    std::vector<std::vector<std::string>> names;             // parameter names, beside `routes`
  };
  using Segments = std::vector<std::string_view>;

  void add_pattern(const std::string& pattern, Method method, std::size_t route);
  // Nodes at which the path ends, most specific first, each with what its parameters took.
  struct End {
    const Node* node;
    std::vector<std::string_view> values;
  };
  void walk(std::size_t node, const Segments& path, std::size_t at,
            std::vector<std::string_view>& values, std::vector<End>& ends) const;
  static std::string allowed(const std::vector<End>& ends);

  std::vector<Route> routes_;
  std::vector<Node> nodes_{Node{}};
};

}  // namespace feedctl::http
