#include "api_docs/yaml_to_json.hpp"

#include <yaml-cpp/yaml.h>

#include <cctype>
#include <set>

#include "base/error.hpp"
#include "base/json_writer.hpp"

namespace feedctl::api_docs {

namespace {

[[noreturn]] void refuse(const YAML::Mark& mark, const std::string& why) {
  throw Error(ErrorCode::bad_data, "line " + std::to_string(mark.line + 1) + ": " + why);
}

std::size_t skip_digits(std::string_view text, std::size_t at) {
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
  return at;
}

// Whether JSON writes the number in the same way: "-0.5e3", but neither "+1" nor "007" nor "1.".
bool is_json_number(std::string_view text) {
  const std::size_t start = !text.empty() && text[0] == '-' ? 1 : 0;
  auto at = skip_digits(text, start);
  if (at == start || (text[start] == '0' && at > start + 1)) return false;
  if (at < text.size() && text[at] == '.') {
    const auto fraction = at + 1;
    at = skip_digits(text, fraction);
    if (at == fraction) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const auto exponent = at;
    at = skip_digits(text, exponent);
    if (at == exponent) return false;
  }
  return at == text.size();
}

void append_scalar(json::Writer& writer, const YAML::Node& node) {
  const auto& text = node.Scalar();
  const bool is_plain = node.Tag() == "?";
  if (is_plain && (text == "true" || text == "false"))
    writer.boolean(text == "true");
  else if (is_plain && is_json_number(text))
    writer.raw(text);
  else
    writer.text(text);
}

void append_value(json::Writer& writer, const YAML::Node& node);

void append_map(json::Writer& writer, const YAML::Node& node) {
  std::set<std::string> keys;
  writer.open_object();
  for (const auto& member : node) {
    if (!member.first.IsScalar()) refuse(member.first.Mark(), "a key must be a scalar");
    const auto& key = member.first.Scalar();
    if (!keys.insert(key).second) refuse(member.first.Mark(), "the key " + key + " is there twice");
    append_value(writer.key(key), member.second);
  }
  writer.close_object();
}

void append_value(json::Writer& writer, const YAML::Node& node) {
  const auto& tag = node.Tag();
  if (!tag.empty() && tag != "?" && tag != "!") refuse(node.Mark(), "the tag " + tag);
  switch (node.Type()) {
    case YAML::NodeType::Scalar:
      return append_scalar(writer, node);
    case YAML::NodeType::Map:
      return append_map(writer, node);
    case YAML::NodeType::Sequence:
      writer.open_array();
      for (const auto& item : node) append_value(writer, item);
      writer.close_array();
      return;
    case YAML::NodeType::Null:
    case YAML::NodeType::Undefined:
      writer.null();
  }
}

}  // namespace

std::string yaml_to_json(std::string_view yaml) {
  try {
    std::string out;
    json::Writer writer(out);
    append_value(writer, YAML::Load(std::string(yaml)));
    return out;
  } catch (const YAML::Exception& error) {
    refuse(error.mark, error.msg);
  }
}

}  // namespace feedctl::api_docs
