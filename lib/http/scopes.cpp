#include "http/scopes.hpp"

namespace feedctl::http {

namespace {

constexpr Scope grantable[] = {Scope::read, Scope::write, Scope::admin};

}  // namespace

std::string_view to_string(Scope scope) {
  static constexpr std::string_view names[] = {"read", "write", "admin", ""};
  return names[static_cast<std::size_t>(scope)];
}

std::optional<Scope> parse_scope(std::string_view name) {
  for (const auto scope : grantable) {
    if (to_string(scope) == name) return scope;
  }
  return std::nullopt;
}

std::optional<Scopes> parse_scopes(std::string_view list) {
  Scopes scopes;
  for (;;) {
    const auto space = list.find(' ');
    const auto scope = parse_scope(list.substr(0, space));
    if (!scope || scopes.has(*scope)) return std::nullopt;
    scopes.add(*scope);
    if (space == std::string_view::npos) return scopes;
    list.remove_prefix(space + 1);
  }
}

std::string to_string(Scopes scopes) {
  std::string list;
  for (const auto& name : names_of(scopes)) list.append(list.empty() ? "" : " ").append(name);
  return list;
}

std::vector<std::string> names_of(Scopes scopes) {
  std::vector<std::string> names;
  for (const auto scope : grantable) {
    if (scopes.has(scope)) names.emplace_back(to_string(scope));
  }
  return names;
}

}  // namespace feedctl::http
