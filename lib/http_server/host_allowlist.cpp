#include "http_server/host_allowlist.hpp"

#include <algorithm>

#include "http/authority.hpp"
#include "http/header_text.hpp"

namespace feedctl::http {

HostAllowlist::HostAllowlist(const std::vector<std::string>& allowed) : allowed_(parse(allowed)) {}

void HostAllowlist::replace(const std::vector<std::string>& allowed) {
  allowed_.replace(parse(allowed));
}

std::vector<HostAllowlist::Rule> HostAllowlist::parse(const std::vector<std::string>& allowed) {
  std::vector<Rule> rules;
  for (const std::string_view text : allowed) {
    if (text == "*") {
      rules.push_back({"", "", false, true});
      continue;
    }
    const bool includes_subdomains = !text.empty() && text.front() == '.';
    auto [host, port] = parse_authority(text.substr(includes_subdomains ? 1 : 0));
    rules.push_back({std::move(host), std::move(port), includes_subdomains, false});
  }
  return rules;
}

bool HostAllowlist::matches(const Rule& rule, std::string_view host, std::string_view port) {
  if (rule.matches_any) return true;
  const bool is_default_port = port.empty() && (rule.port == "80" || rule.port == "443");
  if (!rule.port.empty() && rule.port != port && !is_default_port) return false;
  if (equals_ignore_case(rule.host, host)) return true;
  if (!rule.includes_subdomains || host.size() <= rule.host.size() + 1) return false;
  const auto end = host.substr(host.size() - rule.host.size());
  return host[host.size() - end.size() - 1] == '.' && equals_ignore_case(rule.host, end);
}

bool HostAllowlist::allows(std::string_view host) const {
  const auto& allowed = allowed_.get();
  if (allowed.empty()) return true;
  const auto matches_any = [&](std::string_view name, std::string_view port) {
    return std::any_of(allowed.begin(), allowed.end(),
                       [&](const Rule& rule) { return matches(rule, name, port); });
  };
  const auto name = without_port(host);
  if (matches_any(name, host.substr(std::min(name.size() + 1, host.size())))) return true;
  const auto normalized = parse_authority(host);
  return matches_any(normalized.host, normalized.port);
}

bool HostAllowlist::is_well_formed(std::string_view host) {
  auto name = without_port(host);
  for (const char c : host.substr(name.size())) {
    if (c != ':' && (c < '0' || c > '9')) return false;
  }
  const bool literal = name.size() > 2 && name.front() == '[' && name.back() == ']';
  if (literal) name = name.substr(1, name.size() - 2);
  for (const char c : name) {
    const bool plain = is_token_char(c) && c != '#' && c != '^' && c != '`' && c != '|';
    if (!plain && !(literal && c == ':')) return false;
  }
  return true;
}

}  // namespace feedctl::http
