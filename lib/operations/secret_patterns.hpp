#pragma once
// What secrets look like in one line of a log, a report or a configuration. Hand-written scanners:
// std::regex recurses as deep as a line is long. Pure functions but for PrivateKeyFilter.
#include <string>
#include <string_view>

namespace feedctl::operations {

inline constexpr std::string_view mask = "****";

constexpr bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// "DB_PASSWORD", "client_secret", "X-Api-Key": a member, header or variable that holds a secret.
// Not its life or its number: "token_ttl", "tokens_total".
bool is_secret_name(std::string_view name);

// Between "://" and the last @ of the first URL in `text`; "": it has none.
std::string_view userinfo_of(std::string_view text);

// Masks passwords in URLs, values after secret names, bearer tokens and keys of well-known forms.
void mask_patterns(std::string& line);

// Masks what is between the first and the last line of a private key in PEM. One object a text.
class PrivateKeyFilter {
 public:
  void mask(std::string& line);

 private:
  bool is_inside_ = false;
};

}  // namespace feedctl::operations
