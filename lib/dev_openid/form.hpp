#pragma once
// Parameters of a query or of a body of the type application/x-www-form-urlencoded. A plain value.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace feedctl::dev_openid {

class Form {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;
  static constexpr std::size_t max_fields = 64;

  // Of decoded fields, as those of a query.
  explicit Form(Fields fields) : fields_(std::move(fields)) {}
  // Error(invalid_argument) for a malformed escape or more than max_fields.
  static Form parse(std::string_view body);

  // The value, or "" where it is absent. Error(invalid_argument) where the name is given twice, as
  // RFC 6749, section 3.1, demands.
  std::string get(std::string_view name) const;
  bool has(std::string_view name) const { return !get(name).empty(); }

 private:
  Fields fields_;
};

}  // namespace feedctl::dev_openid
