#include "operations/redactor.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/json_writer.hpp"
#include "base/url.hpp"
#include "config/oidc_options.hpp"
#include "config/option_values.hpp"
#include "config/options.hpp"
#include "operations/secret_patterns.hpp"

namespace feedctl::operations {

namespace {

constexpr std::size_t min_secret = 4;
constexpr std::size_t min_anywhere = 12;

bool is_word_character(char c) {
  return is_alphanumeric(c) || c == '_';
}

// Without the quotes around it.
std::string json_escaped(const std::string& text) {
  std::string quoted;
  json::append_quoted(quoted, text);
  return quoted.substr(1, quoted.size() - 2);
}

// As it stands, and decoded.
std::string decoded_or_same(const std::string& text) {
  try {
    return percent_decode(text);
  } catch (const UrlError&) {
    return text;
  }
}

// The password of key=value pairs, quoted or not; "": there is none.
std::string password_of_pairs(std::string_view text) {
  constexpr std::string_view name = "password=";
  const auto found = text.find(name);
  if (found == std::string_view::npos) return "";
  auto value = text.substr(found + name.size());
  if (!value.starts_with('\'')) return std::string(value.substr(0, value.find_first_of(" &")));
  std::string password;
  for (std::size_t i = 1; i < value.size() && value[i] != '\''; ++i) {
    if (value[i] == '\\' && i + 1 < value.size()) ++i;
    password += value[i];
  }
  return password;
}

}  // namespace

void Redactor::add_form(std::string text) {
  if (text.size() < min_secret) return;
  const auto is_same = [&](const Known& known) { return known.text == text; };
  if (std::any_of(known_.begin(), known_.end(), is_same)) return;
  const bool is_word = text.size() < min_anywhere;
  known_.push_back({std::move(text), is_word});
  std::stable_sort(known_.begin(), known_.end(),
                   [](const Known& a, const Known& b) { return a.text.size() > b.text.size(); });
}

void Redactor::add_secret(const std::string& secret) {
  add_form(secret);
  add_form(json_escaped(secret));
  add_form(percent_encode(secret));
}

void Redactor::add_url(const std::string& url) {
  const auto userinfo = userinfo_of(url);
  const auto colon = userinfo.find(':');
  if (colon != std::string_view::npos) {
    const std::string password(userinfo.substr(colon + 1));
    add_secret(password);
    add_secret(decoded_or_same(password));
  }
  const auto password = password_of_pairs(url);
  add_secret(password);
  add_secret(decoded_or_same(password));
}

void Redactor::add_config(const config::Config& config) {
  for (const auto& option : config::options_of(config)) {
    const auto value = config::render(option, config);
    if (option.redaction == config::Redaction::whole) add_secret(value);
    if (option.redaction == config::Redaction::url) add_url(value);
  }
}

void Redactor::add_environment(const config::Environment& environment) {
  for (const auto& [name, value] : environment) {
    if (is_secret_name(name)) add_secret(value);
    if (!userinfo_of(value).empty() || value.find("password=") != std::string::npos) add_url(value);
  }
}

// The last character of \n, \u0022 or %3D is no part of a word.
static bool ends_escape(std::string_view text) {
  const auto n = text.size();
  return (n >= 2 && text[n - 2] == '\\') || (n >= 3 && text[n - 3] == '%') ||
         (n >= 6 && text.substr(n - 6, 2) == "\\u");
}

void Redactor::mask_known(std::string& line) const {
  for (const auto& known : known_) {
    std::string out;
    std::size_t done = 0;
    for (auto at = line.find(known.text); at != std::string::npos;) {
      const auto end = at + known.text.size();
      const bool is_part = (at > 0 && is_word_character(line[at - 1]) &&
                            !ends_escape(std::string_view(line).substr(0, at))) ||
                           (end < line.size() && is_word_character(line[end]));
      if (!known.is_word || !is_part) {
        out.append(line, done, at - done).append(mask);
        done = end;
      }
      at = line.find(known.text, end);
    }
    if (done > 0) line = out.append(line, done);
  }
}

std::string Redactor::redact(std::string_view text) const {
  std::string out;
  out.reserve(text.size());
  PrivateKeyFilter private_keys;
  while (!text.empty()) {
    const auto end = text.find('\n');
    std::string line(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    private_keys.mask(line);
    mask_known(line);
    mask_patterns(line);
    out += line;
    if (end != std::string_view::npos) out += '\n';
  }
  return out;
}

}  // namespace feedctl::operations
