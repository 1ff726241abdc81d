#include "dev_openid/form.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/url.hpp"

namespace feedctl::dev_openid {

namespace {

std::string decode(std::string_view text) {
  std::string plain(text);
  std::replace(plain.begin(), plain.end(), '+', ' ');
  try {
    return percent_decode(plain);
  } catch (const UrlError&) {
    throw Error(ErrorCode::invalid_argument, "malformed percent-encoding in the form");
  }
}

}  // namespace

Form Form::parse(std::string_view body) {
  Fields fields;
  while (!body.empty()) {
    auto value = next_field(body, '&');
    if (value.empty()) continue;
    if (fields.size() == max_fields) {
      throw Error(ErrorCode::invalid_argument, "too many fields in the form");
    }
    const auto name = next_field(value, '=');
    fields.emplace_back(decode(name), decode(value));
  }
  return Form(std::move(fields));
}

std::string Form::get(std::string_view name) const {
  std::string found;
  int count = 0;
  for (const auto& [key, value] : fields_) {
    if (key != name) continue;
    if (++count > 1) {
      throw Error(ErrorCode::invalid_argument,
                  "the parameter " + std::string(name) + " is given twice");
    }
    found = value;
  }
  return found;
}

}  // namespace feedctl::dev_openid
