#include "http/router.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace feedctl::http {

namespace {

bool is_parameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

[[noreturn]] void reject(const Route& route, const std::string& reason) {
  throw Error(ErrorCode::internal, "route " + std::string(to_string(route.method)) + " " +
                                       route.pattern + ": " + reason);
}

bool is_privileged(Policy policy) {
  return policy == Policy::editor || policy == Policy::admin;
}

Scope scope_of(const Route& route) {
  if (is_privileged(route.policy)) return Scope::admin;
  return route.method == Method::get ? Scope::read : Scope::write;
}

template <typename Pairs>
auto find_first(const Pairs& pairs, const typename Pairs::value_type::first_type& key) {
  auto at = pairs.begin();
  while (at != pairs.end() && at->first != key) ++at;
  return at;
}

// A GET route also answers HEAD.
Method lookup_method(Method method) {
  return method == Method::head ? Method::get : method;
}

bool is_below(const Route& route, std::string_view folder) {
  return route.pattern.compare(0, folder.size(), folder) == 0;
}

// After the load class is known.
RateClass default_rate_class(const Route& route) {
  if (route.policy == Policy::admin || route.policy == Policy::editor) return RateClass::admin;
  if (route.load_class == LoadClass::health || is_below(route, "/.well-known/"))
    return RateClass::none;
  if (route.load_class == LoadClass::upload) return RateClass::upload;
  if (route.policy == Policy::public_ && is_below(route, "/auth/")) return RateClass::login;
  return route.method == Method::get ? RateClass::read : RateClass::write;
}

}  // namespace

std::string_view to_string(LoadClass load_class) {
  static constexpr std::string_view names[] = {"health", "cached", "read", "write", "upload", ""};
  return names[static_cast<std::size_t>(load_class)];
}

std::string_view to_string(RateClass rate_class) {
  static constexpr std::string_view names[] = {"none",   "read",  "write", "login",
                                               "upload", "admin", ""};
  return names[static_cast<std::size_t>(rate_class)];
}

// Splits a path without its leading and one trailing slash; false where it has too many segments.
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
    segments.items[segments.count++] = path.substr(0, slash);
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

void Router::add(Route route) {
  if (route.policy == Policy::unset) reject(route, "has no policy");
  if (!route.handler && !route.async_handler) reject(route, "has no handler");
  if (route.handler && route.async_handler) reject(route, "has two handlers");
  if (!route.handler && route.run_on == RunOn::event_loop)
    reject(route, "has no handler for the event loop");
  if (route.ignores_authorization && route.policy != Policy::public_)
    reject(route, "ignores Authorization, but is not public");
  if (route.scope == Scope::automatic) route.scope = scope_of(route);
  if (route.inline_handler && (is_privileged(route.policy) || route.scope != Scope::read))
    reject(route, "has an inline handler, which only checks that a token may read");
  if (route.load_class == LoadClass::automatic) {
    const bool is_get = route.method == Method::get;
    route.load_class = !is_get                ? LoadClass::write
                       : route.inline_handler ? LoadClass::cached
                                              : LoadClass::read;
  }
  if (route.rate_class == RateClass::automatic) route.rate_class = default_rate_class(route);
  const auto index = routes_.size();
  routes_.push_back(std::move(route));
  add_pattern(routes_[index].pattern, routes_[index].method, index);
  for (const auto& alias : routes_[index].aliases) {
    add_pattern(alias, routes_[index].method, index);
  }
}

void Router::add_pattern(const std::string& pattern, Method method, std::size_t route) {
  Segments segments;
  if (!split(pattern, segments)) reject(routes_[route], "'" + pattern + "' is no pattern");
  std::size_t node = 0;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < segments.count; ++i) {
    const auto segment = segments.items[i];
    std::size_t next = 0;
    if (is_parameter(segment)) {
      names.emplace_back(segment.substr(1, segment.size() - 2));
      next = nodes_[node].parameter_child;
    } else if (const auto found = find_first(nodes_[node].literal_children, std::string(segment));
               found != nodes_[node].literal_children.end()) {
      next = found->second;
    }
    if (next == 0) {
      next = nodes_.size();
      nodes_.emplace_back();
      if (is_parameter(segment))
        nodes_[node].parameter_child = next;
      else
        nodes_[node].literal_children.emplace_back(segment, next);
    }
    node = next;
  }
  auto& end = nodes_[node];
  if (find_first(end.routes, method) != end.routes.end()) {
    reject(routes_[route], "'" + pattern + "' is taken");
  }
  end.routes.emplace_back(method, route);
  end.parameter_names.push_back(std::move(names));
}

Router::SearchResult Router::search(std::size_t node, const Segments& path, std::size_t position,
                                    Method method, PathValues& values) const {
  const Node& current = nodes_[node];
  if (position == path.count) {
    const auto found = find_first(current.routes, method);
    if (found == current.routes.end()) return {};
    return {&current, static_cast<std::size_t>(found - current.routes.begin())};
  }
  for (const auto& [segment, next] : current.literal_children) {
    if (segment != path.items[position]) continue;
    if (const auto found = search(next, path, position + 1, method, values); found.node != nullptr)
      return found;
  }
  if (current.parameter_child == 0 || path.items[position].empty()) return {};
  values.values_[values.count_++] = path.items[position];
  const auto found = search(current.parameter_child, path, position + 1, method, values);
  if (found.node == nullptr) --values.count_;
  return found;
}

void Router::collect_matches(std::size_t node, const Segments& path, std::size_t position,
                             std::vector<const Node*>& found) const {
  const Node& current = nodes_[node];
  if (position == path.count) return found.push_back(&current);
  for (const auto& [segment, next] : current.literal_children) {
    if (segment == path.items[position]) collect_matches(next, path, position + 1, found);
  }
  if (current.parameter_child != 0 && !path.items[position].empty())
    collect_matches(current.parameter_child, path, position + 1, found);
}

std::string Router::allowed_methods(std::string_view path) const {
  Segments segments;
  std::vector<const Node*> found;
  if (split(path, segments)) collect_matches(0, segments, 0, found);
  std::string list;
  for (const auto known :
       {Method::get, Method::head, Method::post, Method::put, Method::patch, Method::del}) {
    const auto has_method = [&](const Node* node) {
      return find_first(node->routes, lookup_method(known)) != node->routes.end();
    };
    if (std::any_of(found.begin(), found.end(), has_method))
      list.append(to_string(known)).append(", ");
  }
  if (!list.empty()) list += to_string(Method::options);  // answered for every path
  return list;
}

const Route* Router::find(Method method, std::string_view path, PathValues& values) const {
  Segments segments;
  if (!split(path, segments)) return nullptr;
  const auto found = search(0, segments, 0, lookup_method(method), values);
  return found.node != nullptr ? &routes_[found.node->routes[found.index].second] : nullptr;
}

Router::Match Router::match(Method method, std::string_view path) const {
  Match match;
  Segments segments;
  PathValues values;
  if (!split(path, segments)) return match;
  const auto found = search(0, segments, 0, lookup_method(method), values);
  if (found.node == nullptr) return match;
  match.route = &routes_[found.node->routes[found.index].second];
  const auto& names = found.node->parameter_names[found.index];
  match.path_params.reserve(names.size());
  for (std::size_t i = 0; i < names.size(); ++i)
    match.path_params.emplace_back(names[i], values.all()[i]);
  return match;
}

}  // namespace feedctl::http
