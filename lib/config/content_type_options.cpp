#include "config/content_type_options.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "base/closest_match.hpp"

namespace feedctl::config {

namespace {

constexpr std::string_view section_prefix = "content_types.";
constexpr std::string_view label_key = "label";
constexpr std::size_t max_name_size = 32;

// Members that every content has in the JSON of the API, or may get there.
constexpr std::array<std::string_view, 10> reserved_members{
    "id",      "type",       "title",      "counter", "value",
    "version", "created_at", "updated_at", "pages",   "link_id"};

// The models of fixtures that are no contents.
constexpr std::array<std::string_view, 2> reserved_labels{"pages.page", "pages.pagecontent"};

template <typename Names>
bool contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_name(std::string_view text) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto is_plain = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; };
  return !text.empty() && text.size() <= max_name_size && is_letter(text[0]) &&
         std::all_of(text.begin(), text.end(), is_plain);
}

// "content_types.video.file_url" -> "file_url"; "": the key names no member.
std::string_view member_of_key(std::string_view key) {
  key.remove_prefix(section_prefix.size());
  const auto dot = key.find('.');
  return dot == std::string_view::npos ? std::string_view{} : key.substr(dot + 1);
}

std::string key_of(std::string_view type, std::string_view member) {
  return std::string(section_prefix).append(type).append(".").append(member);
}

Option label_option(std::string_view type) {
  Option made;
  made.key = key_of(type, label_key);
  made.help = "how impressions, fixtures and the API name these contents; unset: pages.NAMEcontent";
  made.field = [type = std::string(type)](Config& config) -> Field {
    return &config.content_types.type(type).label;
  };
  made.rule = "content label";
  return made;
}

Option member_option(std::string_view type, std::string_view member) {
  Option made;
  made.key = key_of(type, member);
  made.help = "kind of the member: url or text; url? or text? where it may be left out";
  made.field = [type = std::string(type), member = std::string(member)](Config& config) -> Field {
    return &config.content_types.type(type).member(member).kind;
  };
  made.rule = "content kind";
  return made;
}

}  // namespace

ContentTypeConfig::Member& ContentTypeConfig::member(std::string_view wanted) {
  for (auto& known : members) {
    if (known.name == wanted) return known;
  }
  return members.emplace_back(Member{std::string(wanted), ""});
}

const ContentTypeConfig* ContentTypesConfig::find(std::string_view name) const {
  for (const auto& known : types) {
    if (known.name == name) return &known;
  }
  return nullptr;
}

ContentTypeConfig& ContentTypesConfig::type(std::string_view name) {
  for (auto& known : types) {
    if (known.name == name) return known;
  }
  return types.emplace_back(ContentTypeConfig{std::string(name), "", {}});
}

std::string label_of(const ContentTypeConfig& type) {
  return type.label.empty() ? "pages." + type.name + "content" : type.label;
}

std::vector<std::pair<std::string, std::string>> content_type_labels(const Config& config) {
  std::vector<std::pair<std::string, std::string>> labels;
  for (const auto& type : config.content_types.types)
    labels.emplace_back(label_of(type), type.name);
  return labels;
}

std::vector<Option> content_type_options(const Config& config) {
  std::vector<Option> made;
  for (const auto& type : config.content_types.types) {
    made.push_back(label_option(type.name));
    for (const auto& member : type.members) made.push_back(member_option(type.name, member.name));
  }
  return made;
}

std::optional<Option> content_type_option(std::string_view key) {
  const auto type = content_type_of_key(key);
  if (type.empty() || content_key_fault(key, false)) return std::nullopt;
  const auto member = member_of_key(key);
  return member == label_key ? label_option(type) : member_option(type, member);
}

std::vector<Option> content_type_reference() {
  return {label_option("NAME"), member_option("NAME", "MEMBER")};
}

std::string_view content_type_of_key(std::string_view key) {
  if (key.substr(0, section_prefix.size()) != section_prefix) return {};
  key.remove_prefix(section_prefix.size());
  return key.substr(0, key.find('.'));
}

bool is_content_type_key(std::string_view key) {
  return !content_type_of_key(key).empty() && member_of_key(key).empty();
}

std::optional<std::string> content_key_fault(std::string_view key, bool is_empty) {
  if (key.substr(0, section_prefix.size()) != section_prefix) return std::nullopt;
  const std::string whole(key);
  if (!is_name(content_type_of_key(key)))
    return whole +
           ": a content type's name has 1 to 32 of a-z, 0-9 and _, and begins with a letter";
  const auto member = member_of_key(key);
  if (member.empty()) {
    if (is_empty) return std::nullopt;
    return whole + " is a content type; put its members below it, such as " + whole + ".text: text";
  }
  if (contains(reserved_members, member))
    return whole +
           " cannot be declared: every content has a member of that name, or may get one; "
           "choose another name";
  if (!is_name(member))
    return whole + ": a member's name has 1 to 32 of a-z, 0-9 and _, and begins with a letter";
  return std::nullopt;
}

std::vector<std::pair<std::string, std::string>> check_content_types(const Config& config) {
  std::vector<std::pair<std::string, std::string>> faults;
  std::map<std::string, std::string> taken;
  const auto& types = config.content_types.types;
  if (types.size() > max_content_types)
    faults.emplace_back(types.back().name, "content_types has more than " +
                                               std::to_string(max_content_types) + " types");
  for (const auto& type : types) {
    const auto add = [&](const std::string& fault) {
      faults.emplace_back(type.name, "content_types." + type.name + fault);
    };
    if (type.members.empty()) add(" has no members; declare one, such as text: text");
    if (type.members.size() > max_content_members)
      add(" has more than " + std::to_string(max_content_members) + " members");
    const auto label = label_of(type);
    if (contains(reserved_labels, label))
      add(" has the label " + label + ", which fixtures use for pages; set its label to another");
    const auto [first, fresh] = taken.emplace(label, type.name);
    if (!fresh) add(" has the label " + label + " of " + first->second + "; set another");
  }
  return faults;
}

std::vector<std::string> allowed_model_warnings(const Config& config) {
  std::vector<std::string> known, warnings;
  for (const auto& [label, type] : content_type_labels(config)) known.push_back(label);
  for (const auto& label : config.pages.allowed_content_models) {
    if (contains(known, label)) continue;
    const auto near = closest_match(label, known);
    warnings.push_back("pages.allowed_content_models names " + label +
                       ", which is no content type: it is ignored" +
                       (near.empty() ? "" : " (did you mean " + near + "?)"));
  }
  return warnings;
}

std::string_view example_content_types() {
  return R"(  # video:
  #   file_url: url
  #   subtitles_url: url?
  # audio:
  #   text: text
)";
}

}  // namespace feedctl::config
