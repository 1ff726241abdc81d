#include "http/router.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace feedctl::http {

namespace {

constexpr std::size_t max_segments = 32;  // no pattern is longer; longer paths match nothing

// The segments of a path without its leading and one trailing slash; false where it has too many.
bool split(std::string_view path, std::vector<std::string_view>& segments) {
  if (path.empty() || path.front() != '/') return false;
  path.remove_prefix(1);
  if (!path.empty() && path.back() == '/')
    path.remove_suffix(1);
  else if (path.empty())
    return true;
  for (;;) {
    if (segments.size() == max_segments) return false;
    const auto slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

bool is_parameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

[[noreturn]] void refuse(const Route& route, const std::string& why) {
  throw Error(ErrorCode::internal,
              "route " + std::string(to_string(route.method)) + " " + route.pattern + ": " + why);
}

template <typename Pairs>
auto find_first(const Pairs& pairs, const typename Pairs::value_type::first_type& key) {
  auto at = pairs.begin();
  while (at != pairs.end() && at->first != key) ++at;
  return at;
}

// HEAD is answered by GET's handler.
Method lookup_method(Method method) {
  return method == Method::head ? Method::get : method;
}

}  // namespace

void Router::add(Route route) {
  if (route.policy == Policy::unset) refuse(route, "has no policy");
  if (!route.handler) refuse(route, "has no handler");
  const auto index = routes_.size();
  routes_.push_back(std::move(route));
  add_pattern(routes_[index].pattern, routes_[index].method, index);
  for (const auto& alias : routes_[index].aliases) {
    add_pattern(alias, routes_[index].method, index);
  }
}

void Router::add_pattern(const std::string& pattern, Method method, std::size_t route) {
  Segments segments;
  if (!split(pattern, segments)) refuse(routes_[route], "'" + pattern + "' is no pattern");
  std::size_t node = 0;
  std::vector<std::string> names;
  for (const auto segment : segments) {
    std::size_t next = 0;
    if (is_parameter(segment)) {
      names.emplace_back(segment.substr(1, segment.size() - 2));
      next = nodes_[node].any;
    } else if (const auto found = find_first(nodes_[node].fixed, std::string(segment));
               found != nodes_[node].fixed.end()) {
      next = found->second;
    }
    if (next == 0) {
      next = nodes_.size();
      nodes_.emplace_back();
      if (is_parameter(segment))
        nodes_[node].any = next;
      else
        nodes_[node].fixed.emplace_back(segment, next);
    }
    node = next;
  }
  auto& end = nodes_[node];
  if (find_first(end.routes, method) != end.routes.end()) {
    refuse(routes_[route], "'" + pattern + "' is taken");
  }
  end.routes.emplace_back(method, route);
  end.names.push_back(std::move(names));
}

void Router::walk(std::size_t node, const Segments& path, std::size_t at,
                  std::vector<std::string_view>& values, std::vector<End>& ends) const {
  const Node& here = nodes_[node];
  if (at == path.size()) {
    if (!here.routes.empty()) ends.push_back({&here, values});
    return;
  }
  for (const auto& [segment, next] : here.fixed) {
    if (segment == path[at]) walk(next, path, at + 1, values, ends);
  }
  if (here.any != 0 && !path[at].empty()) {
    values.push_back(path[at]);
    walk(here.any, path, at + 1, values, ends);
    values.pop_back();
  }
}

std::string Router::allowed(const std::vector<End>& ends) {
  std::string list;
  for (const auto known :
       {Method::get, Method::head, Method::post, Method::put, Method::patch, Method::del}) {
    const auto takes = [&](const End& end) {
      return find_first(end.node->routes, lookup_method(known)) != end.node->routes.end();
    };
    if (std::any_of(ends.begin(), ends.end(), takes)) list.append(to_string(known)).append(", ");
  }
  if (!ends.empty()) list += to_string(Method::options);  // answered for every path
  return list;
}

std::string Router::allow(std::string_view path) const {
  Segments segments;
  if (!split(path, segments)) return "";
  std::vector<std::string_view> values;
  std::vector<End> ends;
  walk(0, segments, 0, values, ends);
  return allowed(ends);
}

Router::Match Router::match(Method method, std::string_view path) const {
  Match match;
  Segments segments;
  if (!split(path, segments)) return match;
  std::vector<std::string_view> values;
  std::vector<End> ends;
  walk(0, segments, 0, values, ends);
  for (const auto& end : ends) {
    const auto found = find_first(end.node->routes, lookup_method(method));
    if (found == end.node->routes.end()) continue;
    match.route = &routes_[found->second];
    const auto& names = end.node->names[static_cast<std::size_t>(found - end.node->routes.begin())];
    for (std::size_t i = 0; i < names.size(); ++i)
      match.path_params.emplace_back(names[i], end.values[i]);
    return match;
  }
  match.allow = allowed(ends);
  return match;
}

}  // namespace feedctl::http
