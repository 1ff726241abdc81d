#pragma once
// Configuration keys of providers: "oidc.google.client_id". Their middle is a name that the
// operator chooses, so they are made when a name is known. Pure functions; any thread.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "config/config.hpp"
#include "config/load.hpp"
#include "config/options.hpp"

namespace feedctl::config {

inline constexpr std::size_t max_providers = 16;

// 1 to 32 of a-z, 0-9 and -.
bool is_provider_name(std::string_view name);

// The keys of one provider; "NAME" stands for any in the documentation. A field of a Config without
// that provider makes it.
std::vector<Option> provider_options(std::string_view name);

// All keys: the fixed ones and those of the providers and content types that `config` has.
std::vector<Option> options_of(const Config& config);
// Any key; nullopt: it is unknown, or the name of its provider or content type is none.
std::optional<Option> resolve_option(std::string_view key);

// "oidc.google.client_id" -> "google"; "": no key of a provider.
std::string_view provider_of_key(std::string_view key);
// "FEEDCTL_OIDC_MY_IDP_CLIENT_ID" -> "my-idp"; nullopt: no variable of a provider.
std::optional<std::string> provider_of_variable(std::string_view variable);

// What is missing or does not fit together; the pointer of each is its place.
std::vector<FieldError> check_providers(const LoadedConfig& loaded);

// Commented providers for the example of a configuration file.
std::string_view example_providers();

}  // namespace feedctl::config
