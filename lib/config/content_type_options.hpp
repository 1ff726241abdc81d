#pragma once
// Configuration keys of content types: "content_types.video.file_url" with the kind of the member,
// "content_types.video.label". The operator chooses their names. Pure functions; any thread.
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config.hpp"
#include "config/options.hpp"

namespace feedctl::config {

inline constexpr std::size_t max_content_types = 32;
inline constexpr std::size_t max_content_members = 32;

// The label of a type's contents: of its impressions, in fixtures and in values.
std::string label_of(const ContentTypeConfig& type);
// The name of the type by label, of all types.
std::vector<std::pair<std::string, std::string>> content_type_labels(const Config& config);

// The keys of the content types that `config` has.
std::vector<Option> content_type_options(const Config& config);
// Any key of a content type; nullopt: it is none, or a name in it is wrong. A field of a Config
// without that type or member makes it.
std::optional<Option> content_type_option(std::string_view key);
// The keys of the type "NAME", for the documentation.
std::vector<Option> content_type_reference();

// "content_types.video" and "content_types.video.file_url" -> "video"; "": another section.
std::string_view content_type_of_key(std::string_view key);
// Whether the key names a type and no member.
bool is_content_type_key(std::string_view key);
// Why the names in a key of a content type are wrong; nullopt for a good one and for other
// sections. `is_empty`: it has no value, so it may name a type.
std::optional<std::string> content_key_fault(std::string_view key, bool is_empty);

// What is wrong with all types together: (type, fault).
std::vector<std::pair<std::string, std::string>> check_content_types(const Config& config);
// One for each label of pages.allowed_content_models that no type has.
std::vector<std::string> allowed_model_warnings(const Config& config);

// The default types, as comments for the example of a configuration file.
std::string_view example_content_types();

}  // namespace feedctl::config
