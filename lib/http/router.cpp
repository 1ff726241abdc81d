#include "http/router.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace feedctl::http {

namespace {

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

std::string_view to_string(Load load) {
  static constexpr std::string_view names[] = {"health", "cached", "read", "write", "upload", ""};
  return names[static_cast<std::size_t>(load)];
}

// The segments of a path without its leading and one trailing slash; false where it has too many.
bool Router::split(std::string_view path, Segments& segments) {
  if (path.empty() || path.front() != '/') return false;
  path.remove_prefix(1);
  if (!path.empty() && path.back() == '/')
    path.remove_suffix(1);
  else if (path.empty())
    return true;
  for (;;) {
    if (segments.count == max_segments) return false;
    const auto slash = path.find('/');
    segments.at[segments.count++] = path.substr(0, slash);
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

void Router::add(Route route) {
  if (route.policy == Policy::unset) refuse(route, "has no policy");
  if (!route.handler) refuse(route, "has no handler");
  if (route.policy == Policy::admin && route.from_memory) refuse(route, "is an admin's");
  if (route.load == Load::automatic) {
    const bool reads = route.method == Method::get;
    route.load = !reads ? Load::write : route.from_memory ? Load::cached : Load::read;
  }
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
  for (std::size_t i = 0; i < segments.count; ++i) {
    const auto segment = segments.at[i];
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

Router::Found Router::search(std::size_t node, const Segments& path, std::size_t at, Method method,
                             Values& values) const {
  const Node& here = nodes_[node];
  if (at == path.count) {
    const auto found = find_first(here.routes, method);
    if (found == here.routes.end()) return {};
    return {&here, static_cast<std::size_t>(found - here.routes.begin())};
  }
  for (const auto& [segment, next] : here.fixed) {
    if (segment != path.at[at]) continue;
    if (const auto found = search(next, path, at + 1, method, values); found.node != nullptr)
      return found;
  }
  if (here.any == 0 || path.at[at].empty()) return {};
  values.values_[values.count_++] = path.at[at];
  const auto found = search(here.any, path, at + 1, method, values);
  if (found.node == nullptr) --values.count_;
  return found;
}

void Router::ends(std::size_t node, const Segments& path, std::size_t at,
                  std::vector<const Node*>& found) const {
  const Node& here = nodes_[node];
  if (at == path.count) return found.push_back(&here);
  for (const auto& [segment, next] : here.fixed) {
    if (segment == path.at[at]) ends(next, path, at + 1, found);
  }
  if (here.any != 0 && !path.at[at].empty()) ends(here.any, path, at + 1, found);
}

std::string Router::allow(std::string_view path) const {
  Segments segments;
  std::vector<const Node*> found;
  if (split(path, segments)) ends(0, segments, 0, found);
  std::string list;
  for (const auto known :
       {Method::get, Method::head, Method::post, Method::put, Method::patch, Method::del}) {
    const auto takes = [&](const Node* node) {
      return find_first(node->routes, lookup_method(known)) != node->routes.end();
    };
    if (std::any_of(found.begin(), found.end(), takes)) list.append(to_string(known)).append(", ");
  }
  if (!list.empty()) list += to_string(Method::options);  // answered for every path
  return list;
}

const Route* Router::find(Method method, std::string_view path, Values& values) const {
  Segments segments;
  if (!split(path, segments)) return nullptr;
  const auto found = search(0, segments, 0, lookup_method(method), values);
  return found.node != nullptr ? &routes_[found.node->routes[found.place].second] : nullptr;
}

Router::Match Router::match(Method method, std::string_view path) const {
  Match match;
  Segments segments;
  Values values;
  if (!split(path, segments)) return match;
  const auto found = search(0, segments, 0, lookup_method(method), values);
  if (found.node == nullptr) return match;
  match.route = &routes_[found.node->routes[found.place].second];
  const auto& names = found.node->names[found.place];
  match.path_params.reserve(names.size());
  for (std::size_t i = 0; i < names.size(); ++i)
    match.path_params.emplace_back(names[i], values.all()[i]);
  return match;
}

}  // namespace feedctl::http
