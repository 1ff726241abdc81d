#pragma once
// The forms of an HTML page, as far as sign-in pages have them: inputs and buttons. Pure functions.
#include <string>
#include <utility>
#include <vector>

namespace feedctl::support {

struct FormField {
  std::string name;
  std::string value;
  std::string type;  // "text" where the page gives none, "submit" for a button
};

struct HtmlForm {
  std::string action;
  std::string method;  // in lowercase
  std::vector<FormField> fields;

  bool has_text_field() const;
};

std::vector<HtmlForm> parse_forms(const std::string& html);

}  // namespace feedctl::support
