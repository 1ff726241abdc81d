#include "support/html_form.hpp"

#include <algorithm>
#include <regex>

#include "base/ascii.hpp"

namespace feedctl::support {
namespace {

std::string decode_entities(std::string text) {
  const std::pair<const char*, const char*> entities[] = {
      {"&lt;", "<"},  {"&gt;", ">"},  {"&quot;", "\""}, {"&#34;", "\""},
      {"&#39;", "'"}, {"&#43;", "+"}, {"&amp;", "&"}};  // & comes last
  for (const auto& [entity, plain] : entities) {
    for (auto at = text.find(entity); at != std::string::npos; at = text.find(entity, at + 1)) {
      text.replace(at, std::string(entity).size(), plain);
    }
  }
  return text;
}

// The attribute of a tag, "" where it has none.
std::string attribute(const std::string& tag, const std::string& name) {
  const std::regex pattern("\\s" + name + "\\s*=\\s*(?:\"([^\"]*)\"|'([^']*)'|([^\\s>]+))",
                           std::regex::icase);
  std::smatch found;
  if (!std::regex_search(tag, found, pattern)) return "";
  for (std::size_t group = 1; group < found.size(); ++group) {
    if (found[group].matched) return decode_entities(found[group]);
  }
  return "";
}

FormField to_field(const std::string& tag) {
  FormField field{attribute(tag, "name"), attribute(tag, "value"),
                  to_lower(attribute(tag, "type"))};
  const bool is_button = to_lower(tag.substr(0, 7)) == "<button";
  if (field.type.empty()) field.type = is_button ? "submit" : "text";
  return field;
}

}  // namespace

bool HtmlForm::has_text_field() const {
  return std::any_of(fields.begin(), fields.end(),
                     [](const FormField& field) { return field.type == "text"; });
}

std::vector<HtmlForm> parse_forms(const std::string& html) {
  std::vector<HtmlForm> forms;
  const std::regex tags(R"(<(/?form|input|button)\b[^>]*>)", std::regex::icase);
  bool is_inside = false;
  for (std::sregex_iterator tag(html.begin(), html.end(), tags), end; tag != end; ++tag) {
    const auto name = to_lower((*tag)[1].str());
    if (name == "form") {
      const auto method = to_lower(attribute(tag->str(), "method"));
      forms.push_back({attribute(tag->str(), "action"), method.empty() ? "get" : method, {}});
    }
    if (name == "form" || name == "/form") {
      is_inside = name == "form";
    } else if (is_inside) {
      forms.back().fields.push_back(to_field(tag->str()));
    }
  }
  return forms;
}

}  // namespace feedctl::support
