#include "oidc/lifetime.hpp"

#include <algorithm>
#include <charconv>

#include "base/ascii.hpp"
#include "base/text.hpp"

namespace feedctl::oidc {

namespace {

constexpr std::chrono::seconds min_lifetime{5 * 60};
constexpr std::chrono::seconds max_lifetime{24 * 60 * 60};
constexpr std::chrono::seconds default_lifetime{60 * 60};

std::chrono::seconds parse_seconds(std::string_view text) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc::result_out_of_range) return max_lifetime;
  if (error != std::errc{} || end != text.data() + text.size()) return default_lifetime;
  return std::chrono::seconds{std::min<std::int64_t>(seconds, max_lifetime.count())};
}

}  // namespace

std::chrono::seconds lifetime_of(const http_client::Response& response) {
  constexpr std::string_view name = "max-age=";
  const auto control = to_lower(response.header("cache-control"));
  for (std::string_view rest = control; !rest.empty();) {
    auto directive = next_field(rest, ',');
    directive.remove_prefix(std::min(directive.find_first_not_of(' '), directive.size()));
    if (directive.substr(0, name.size()) != name) continue;
    return std::max(parse_seconds(directive.substr(name.size())), min_lifetime);
  }
  return default_lifetime;
}

}  // namespace feedctl::oidc
