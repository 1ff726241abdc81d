#include "config/oidc_options.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "config/content_type_options.hpp"

namespace feedctl::config {

namespace {

constexpr std::string_view section_prefix = "oidc.";
constexpr std::string_view variable_prefix = "FEEDCTL_OIDC_";
constexpr std::size_t max_name_size = 32;

struct ProviderOption {
  std::string_view key;
  std::string_view help;
  Field (*field)(OidcProvider&);
  std::int64_t max_value = 0;
  std::vector<std::string_view> choices = {};
  Redaction redaction = Redaction::none;
  std::string_view rule = {};
};

const std::vector<ProviderOption>& table() {
  static const std::vector<ProviderOption> rows = {
      {.key = "kind",
       .help = "openid: OpenID Connect; github: GitHub, or a server of its kind",
       .field = [](OidcProvider& p) -> Field { return &p.kind; },
       .choices = {"openid", "github"}},
      {.key = "display_name",
       .help = "its name for people; unset: NAME",
       .field = [](OidcProvider& p) -> Field { return &p.display_name; }},
      {.key = "issuer",
       .help = "of kind openid: its issuer, byte for byte as its discovery document has it",
       .field = [](OidcProvider& p) -> Field { return &p.issuer; },
       .rule = "issuer"},
      {.key = "client_id",
       .help = "how the provider knows this installation",
       .field = [](OidcProvider& p) -> Field { return &p.client_id; }},
      {.key = "client_secret",
       .help = "the secret that belongs to client_id; unset: a public client",
       .field = [](OidcProvider& p) -> Field { return &p.client_secret; },
       .redaction = Redaction::whole},
      {.key = "scopes",
       .help = "what the provider is asked for; unset: openid,profile,email, or for kind github "
               "read:user,user:email",
       .field = [](OidcProvider& p) -> Field { return &p.scopes; },
       .max_value = 16,
       .rule = "scopes"},
      {.key = "authorize_url",
       .help = "of kind github: the page to sign in at; its origin is the issuer of accounts",
       .field = [](OidcProvider& p) -> Field { return &p.authorize_url; },
       .rule = "https url"},
      {.key = "token_url",
       .help = "of kind github: where a code becomes a token",
       .field = [](OidcProvider& p) -> Field { return &p.token_url; },
       .rule = "https url"},
      {.key = "api_url",
       .help = "of kind github: the API below which /user is",
       .field = [](OidcProvider& p) -> Field { return &p.api_url; },
       .rule = "https url"},
      {.key = "ca_file",
       .help = "certificates (PEM) that the provider's must come from; unset: those of the system",
       .field = [](OidcProvider& p) -> Field { return &p.ca_file; },
       .rule = "absolute path"},
      {.key = "allow_private_addresses",
       .help = "the provider may have an address of a private network",
       .field = [](OidcProvider& p) -> Field { return &p.allow_private_addresses; }},
  };
  return rows;
}

Option make_option(std::string_view name, const ProviderOption& row) {
  Option made;
  made.key = std::string(section_prefix).append(name).append(".").append(row.key);
  made.help = row.help;
  made.field = [name = std::string(name), field = row.field](Config& config) {
    return field(config.oidc.provider(name));
  };
  made.max_value = row.max_value;
  made.choices = row.choices;
  made.redaction = row.redaction;
  made.rule = row.rule;
  return made;
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// "MY_IDP" -> "my-idp".
std::string to_provider_name(std::string_view text) {
  auto name = to_lower(text);
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

// "_CLIENT_SECRET", "_CLIENT_SECRET_FILE".
std::vector<std::string> variable_endings(const ProviderOption& row) {
  std::string ending = "_";
  for (const char c : row.key) ending += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  if (row.redaction == Redaction::none) return {ending};
  return {ending, ending + "_FILE"};
}

}  // namespace

OidcProvider& OidcConfig::provider(std::string_view name) {
  const auto at = std::lower_bound(
      providers.begin(), providers.end(), name,
      [](const OidcProvider& provider, std::string_view wanted) { return provider.name < wanted; });
  if (at != providers.end() && at->name == name) return *at;
  OidcProvider made;
  made.name = std::string(name);
  return *providers.insert(at, std::move(made));
}

bool is_provider_name(std::string_view name) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !name.empty() && name.size() <= max_name_size &&
         std::all_of(name.begin(), name.end(), is_plain);
}

std::vector<Option> provider_options(std::string_view name) {
  std::vector<Option> made;
  for (const auto& row : table()) made.push_back(make_option(name, row));
  return made;
}

std::vector<Option> options_of(const Config& config) {
  std::vector<Option> all;
  for (const auto& option : options()) {
    all.push_back(option);
    if (option.key == "pages.allowed_content_models") {
      for (auto& own : content_type_options(config)) all.push_back(std::move(own));
    }
    if (option.key != "auth.public_url") continue;
    for (const auto& provider : config.oidc.providers) {
      for (auto& own : provider_options(provider.name)) all.push_back(std::move(own));
    }
  }
  return all;
}

std::string_view provider_of_key(std::string_view key) {
  if (key.substr(0, section_prefix.size()) != section_prefix) return {};
  key.remove_prefix(section_prefix.size());
  const auto dot = key.find('.');
  return dot == std::string_view::npos ? std::string_view{} : key.substr(0, dot);
}

std::optional<Option> resolve_option(std::string_view key) {
  if (const auto* fixed = find_option(key)) return *fixed;
  if (auto member = content_type_option(key)) return member;
  const auto name = provider_of_key(key);
  if (!is_provider_name(name)) return std::nullopt;
  for (auto& option : provider_options(name)) {
    if (option.key == key) return std::move(option);
  }
  return std::nullopt;
}

std::optional<std::string> provider_of_variable(std::string_view variable) {
  if (variable.substr(0, variable_prefix.size()) != variable_prefix) return std::nullopt;
  const auto rest = variable.substr(variable_prefix.size());
  for (const auto& row : table()) {
    for (const auto& ending : variable_endings(row)) {
      if (!ends_with(rest, ending)) continue;
      auto name = to_provider_name(rest.substr(0, rest.size() - ending.size()));
      if (is_provider_name(name)) return name;
    }
  }
  return std::nullopt;
}

}  // namespace feedctl::config
