#include "http/hosts.hpp"

#include "http/text.hpp"

namespace feedctl::http {

namespace {

std::string_view without_port(std::string_view host) {
  const auto colon = host.rfind(':');
  const auto bracket = host.rfind(']');
  if (colon == std::string_view::npos) return host;
  return bracket != std::string_view::npos && bracket > colon ? host : host.substr(0, colon);
}

bool matches(std::string_view rule, std::string_view host) {
  if (rule == "*") return true;
  if (rule.empty() || rule.front() != '.') return rule == host;
  return host == rule.substr(1) ||
         (host.size() > rule.size() && host.substr(host.size() - rule.size()) == rule);
}

std::vector<std::string> lowered(std::vector<std::string> hosts) {
  for (auto& host : hosts) host = lower(host);
  return hosts;
}

}  // namespace

HostRules::HostRules(std::vector<std::string> allowed) : allowed_(lowered(std::move(allowed))) {}

void HostRules::replace(std::vector<std::string> allowed) {
  allowed_.replace(lowered(std::move(allowed)));
}

bool HostRules::allows(std::string_view host) const {
  const auto& allowed = allowed_.get();
  if (allowed.empty()) return true;
  const auto full = lower(host);
  const auto name = without_port(full);
  for (const auto& rule : allowed) {
    if (matches(rule, full) || matches(rule, name)) return true;
  }
  return false;
}

bool HostRules::well_formed(std::string_view host) {
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
