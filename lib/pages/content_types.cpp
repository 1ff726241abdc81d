#include "pages/content_types.hpp"

#include <algorithm>

#include "config/content_type_options.hpp"

namespace feedctl::pages {

namespace {

constexpr std::string_view label_prefix = "pages.", label_suffix = "content";

PayloadMember to_member(const config::ContentTypeConfig::Member& config) {
  std::string_view kind = config.kind;
  const bool is_optional = kind.ends_with('?');
  if (is_optional) kind.remove_suffix(1);
  return {config.name, kind == "url" ? PayloadMember::Kind::url : PayloadMember::Kind::text,
          is_optional};
}

// "short_film" -> "Short film".
std::string to_title(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  if (!name.empty() && name[0] >= 'a' && name[0] <= 'z')
    name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return name;
}

ContentType to_type(const config::ContentTypeConfig& config, std::span<const std::string> allowed) {
  ContentType type{config.name, config::label_of(config), to_title(config.name), {}};
  for (const auto& member : config.members) type.members.push_back(to_member(member));
  type.is_allowed =
      allowed.empty() || std::find(allowed.begin(), allowed.end(), type.label) != allowed.end();
  return type;
}

// The type that has the label if it has none of its own: "video" for "pages.videocontent"; "" for
// other labels.
std::string_view type_of_default_label(std::string_view label) {
  if (!label.starts_with(label_prefix) || !label.ends_with(label_suffix) ||
      label.size() <= label_prefix.size() + label_suffix.size())
    return {};
  label.remove_prefix(label_prefix.size());
  label.remove_suffix(label_suffix.size());
  return label;
}

}  // namespace

std::string_view to_string(PayloadMember::Kind kind) {
  return kind == PayloadMember::Kind::url ? "url" : "text";
}

ContentTypes::ContentTypes(const config::ContentTypesConfig& config,
                           std::span<const std::string> allowed) {
  for (const auto& type : config.types) types_.push_back(to_type(type, allowed));
}

const ContentType* ContentTypes::find(std::string_view name) const {
  for (const auto& type : types_) {
    if (type.name == name) return &type;
  }
  return nullptr;
}

const ContentType* ContentTypes::find_by_label(std::string_view label) const {
  for (const auto& type : types_) {
    if (type.label == label) return &type;
  }
  return nullptr;
}

std::optional<ContentRef> ContentTypes::parse_value(std::string_view value) const {
  const auto colon = value.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto id = parse_id(value.substr(colon + 1));
  const auto label = value.substr(0, colon);
  if (!id) return std::nullopt;
  if (const auto* type = find_by_label(label)) return ContentRef{type->name, *id, type};
  const auto name = type_of_default_label(label);
  if (name.empty() || find(name) != nullptr) return std::nullopt;
  return ContentRef{std::string(name), *id, nullptr};
}

std::string ContentTypes::value_of(std::string_view type, Id id) const {
  const auto* registered = find(type);
  std::string value = registered != nullptr
                          ? registered->label
                          : std::string(label_prefix).append(type).append(label_suffix);
  return value.append(":").append(std::to_string(id));
}

}  // namespace feedctl::pages
