#pragma once
// Header values with parameters, as `form-data; name="image"; filename="a.png"` or
// `multipart/form-data; boundary=x`. Pure functions.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace feedctl::http {

struct ParameterizedValue {
  std::string value;                                            // in lower case
  std::vector<std::pair<std::string, std::string>> parameters;  // names in lower case

  const std::string* parameter(std::string_view lower_case_name) const;  // or nullptr
};

// A value is a quoted string, or all up to the next semicolon. In a quoted string a backslash
// escapes only a quote, since browsers send other backslashes as they are. Error(invalid_argument)
// where the text is malformed or names a parameter twice.
ParameterizedValue parse_parameterized(std::string_view text);

}  // namespace feedctl::http
