#include "operations/secret_patterns.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "base/ascii.hpp"

namespace feedctl::operations {

namespace {

constexpr auto npos = std::string_view::npos;

constexpr std::string_view secret_words[] = {
    "password",  "passwd",     "passphrase",  "secret",         "token",      "apikey",
    "api_key",   "api-key",    "access_key",  "access-key",     "cookie",     "authorization",
    "signature", "pepper",     "private_key", "private-key",    "privatekey", "pgpass",
    "pwd",       "credential", "signing_key", "encryption_key", "hmac_key"};

// How names end that speak of a secret and hold none.
constexpr std::string_view harmless_ends[] = {
    "ttl",   "total", "count",  "expires", "_at",      "_in",   "_type", "_kind", "_bytes",
    "_file", "_id",   "length", "issuer",  "endpoint", "_size", "limit", "_name", "_url"};

struct KeyForm {
  std::string_view prefix;
  std::size_t min_rest;
};
// Of feedctl's refresh tokens, AWS, GitHub, Google, Slack, Stripe; "eyJ" begins every JSON web
// token.
constexpr KeyForm key_forms[] = {{"eyJ", 16},         {"fr_", 40},     {"AKIA", 16},  {"ASIA", 16},
                                 {"ghp_", 20},        {"gho_", 20},    {"ghs_", 20},  {"ghr_", 20},
                                 {"github_pat_", 20}, {"GOCSPX-", 16}, {"xoxb-", 16}, {"xoxp-", 16},
                                 {"sk_live_", 16},    {"sk_test_", 16}};

bool is_space(char c) {
  return c == ' ' || c == '\t';
}
bool is_quote(char c) {
  return c == '"' || c == '\'' || c == '`';
}
bool is_name_character(char c) {
  return is_alphanumeric(c) || c == '_' || c == '-' || c == '.';
}
bool is_token_character(char c) {
  return is_name_character(c) || c == '+' || c == '/' || c == '=' || c == '~' || c == '%';
}
// Ends an unquoted value.
bool ends_value(char c) {
  return is_space(c) || is_quote(c) || c == '&' || c == ',' || c == ';' || c == '}' || c == ')' ||
         c == ']' || c == '<' || c == '>' || c == '\\';
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != npos;
}

// Headers whose value is all that follows.
bool takes_rest_of_line(std::string_view lower_name) {
  return contains(lower_name, "authorization") || contains(lower_name, "cookie");
}

std::size_t find_quote_end(std::string_view line, std::size_t at, char quote, bool is_escaped) {
  for (; at < line.size(); ++at) {
    if (line[at] == '\\' && at + 1 < line.size()) {
      if (is_escaped && line[at + 1] == quote) return at;
      ++at;
    } else if (line[at] == quote) {
      return at;
    }
  }
  return line.size();
}

bool is_no_secret(std::string_view value) {
  return value.empty() || value == mask || value == "null" || value == "true" || value == "false" ||
         value == "{" || value == "[";
}

struct Range {
  std::size_t begin, end;
};

// Collects what is to be masked and builds the line once: a line may hold very many secrets.
class Masking {
 public:
  explicit Masking(const std::string& line) : line_(line) {}

  // In their order; what overlaps an earlier one is joined with it.
  void add(Range range) {
    if (is_no_secret(std::string_view(line_).substr(range.begin, range.end - range.begin))) return;
    if (!ranges_.empty() && range.begin < ranges_.back().end)
      ranges_.back().end = std::max(ranges_.back().end, range.end);
    else
      ranges_.push_back(range);
  }

  void apply(std::string& line) const {
    if (ranges_.empty()) return;
    std::string out;
    std::size_t at = 0;
    for (const auto& range : ranges_) {
      out.append(line_, at, range.begin - at).append(mask);
      at = range.end;
    }
    out.append(line_, at);
    line = std::move(out);
  }

 private:
  const std::string& line_;
  std::vector<Range> ranges_;
};

// The value that stands after a name that ends at `at`: =value, : "value", \": \"value\", 'value'.
// Of an option of a command, "--password", also the next word.
std::optional<Range> value_after(std::string_view line, std::size_t at, bool takes_rest,
                                 bool is_option) {
  const auto skip = [&](auto predicate) {
    while (at < line.size() && predicate(line[at])) ++at;
  };
  skip([](char c) { return is_quote(c) || c == '\\' || c == ']'; });
  skip(is_space);
  const bool has_separator =
      is_option || (at < line.size() && (line[at] == '=' || line[at] == ':'));
  if (at < line.size() && (line[at] == '=' || line[at] == ':')) ++at;
  skip([](char c) { return c == '=' || c == '>'; });  // "=>", "=="
  skip(is_space);
  // SQL: E'x'.
  if (at + 1 < line.size() && (line[at] == 'E' || line[at] == 'e') && line[at + 1] == '\'') ++at;
  // All elements of an array.
  if (at < line.size() && line[at] == '[')
    return Range{at + 1, std::min(line.find(']', at), line.size())};
  const bool is_escaped = at + 1 < line.size() && line[at] == '\\' && is_quote(line[at + 1]);
  if (is_escaped) ++at;
  const bool is_quoted = at < line.size() && is_quote(line[at]);
  if (!has_separator && !is_quoted) return std::nullopt;  // SQL: PASSWORD 'x'
  if (is_quoted) {
    const char quote = line[at++];
    return Range{at, find_quote_end(line, at, quote, is_escaped)};
  }
  auto end = at;
  if (takes_rest) {
    while (end < line.size() && !is_quote(line[end])) ++end;
  } else {
    while (end < line.size() && !ends_value(line[end])) ++end;
  }
  return Range{at, end};
}

void mask_named_values(std::string& line) {
  Masking masking(line);
  for (std::size_t at = 0; at < line.size();) {
    if (!is_name_character(line[at])) {
      ++at;
      continue;
    }
    auto end = at;
    while (end < line.size() && is_name_character(line[end])) ++end;
    const std::string_view name = std::string_view(line).substr(at, end - at);
    // OAuth's code, in the query of a redirect.
    const bool is_code = name == "code" && at > 0 && (line[at - 1] == '?' || line[at - 1] == '&');
    const auto value =
        is_code || is_secret_name(name)
            ? value_after(line, end, takes_rest_of_line(to_lower(name)), name.starts_with("--"))
            : std::nullopt;
    if (value) masking.add(*value);
    at = value ? value->end : end;
  }
  masking.apply(line);
}

// What follows the name of a scheme of HTTP authentication.
void mask_after(std::string& line, std::string_view scheme) {
  constexpr std::size_t min_token = 8;  // "basic checks" is a text
  const auto lower = to_lower(line);
  Masking masking(line);
  for (auto at = lower.find(scheme); at != std::string::npos;) {
    const auto begin = at + scheme.size();
    auto end = begin;
    while (end < line.size() && is_token_character(line[end])) ++end;
    if (end - begin >= min_token) masking.add({begin, end});
    at = lower.find(scheme, end);
  }
  masking.apply(line);
}

void mask_known_forms(std::string& line) {
  for (const auto& form : key_forms) {
    Masking masking(line);
    for (auto at = line.find(form.prefix); at != std::string::npos;) {
      auto end = at;
      while (end < line.size() && is_name_character(line[end])) ++end;
      const bool is_start = at == 0 || !is_alphanumeric(line[at - 1]);
      if (is_start && end - at >= form.prefix.size() + form.min_rest) masking.add({at, end});
      at = line.find(form.prefix, end);
    }
    masking.apply(line);
  }
}

// Where the URL that has "://" before `at` ends: passwords may hold any other character.
std::size_t url_end(std::string_view line, std::size_t at) {
  while (at < line.size() && !is_space(line[at]) && !is_quote(line[at]) && line[at] != '<' &&
         line[at] != '>')
    ++at;
  return at;
}

// A URL within another one's query ends with it.
void mask_urls(std::string& line) {
  constexpr std::size_t min_token = 20;  // a user's name alone is none
  constexpr std::string_view slashes = "://";
  Masking masking(line);
  for (auto found = line.find(slashes); found != std::string::npos;) {
    const auto at = found + slashes.size(), end = url_end(line, at);
    const std::string_view url = std::string_view(line).substr(at, end - at);
    const auto host = url.rfind('@');
    const auto userinfo = host == npos ? std::string_view{} : url.substr(0, host);
    const auto colon = userinfo.find(':');
    if (colon != npos)
      masking.add({at + colon + 1, at + host});
    else if (userinfo.size() >= min_token && !contains(userinfo, "/"))
      masking.add({at, at + host});
    found = line.find(slashes, end);
  }
  masking.apply(line);
}

}  // namespace

bool is_secret_name(std::string_view name) {
  const auto lower = to_lower(name);
  if (lower == "pwd" || lower == "oldpwd") return false;  // the shell's working folder
  return std::any_of(std::begin(secret_words), std::end(secret_words),
                     [&](std::string_view word) { return contains(lower, word); }) &&
         std::none_of(std::begin(harmless_ends), std::end(harmless_ends),
                      [&](std::string_view end) { return lower.ends_with(end); });
}

std::string_view userinfo_of(std::string_view text) {
  const auto slashes = text.find("://");
  if (slashes == npos) return {};
  const auto at = slashes + 3;
  const auto url = text.substr(at, url_end(text, at) - at);
  const auto host = url.rfind('@');
  return host == npos ? std::string_view{} : url.substr(0, host);
}

void mask_patterns(std::string& line) {
  mask_urls(line);
  mask_named_values(line);
  mask_after(line, "bearer ");
  mask_after(line, "basic ");
  mask_known_forms(line);
}

void PrivateKeyFilter::mask(std::string& line) {
  constexpr std::string_view begin = "-----BEGIN ", end = "-----END ";
  if (is_inside_) {
    const auto at = line.find(end);
    is_inside_ = at == std::string::npos;
    line = is_inside_ ? std::string(operations::mask) : line.substr(at);
    if (is_inside_) return;
  }
  // A line of JSON may hold several keys.
  for (auto at = line.find(begin); at != std::string::npos; at = line.find(begin, at)) {
    const auto label_end = line.find("-----", at + begin.size());
    if (!contains(std::string_view(line).substr(at, label_end - at), "PRIVATE KEY")) {
      at += begin.size();
      continue;
    }
    const auto body = std::min(line.find("KEY-----", at) + 8, line.size());
    const auto last = line.find(end, body);
    is_inside_ = last == std::string::npos;
    line.replace(body, is_inside_ ? std::string::npos : last - body, operations::mask);
    if (is_inside_) return;
    at = line.find(end, body);
  }
}

}  // namespace feedctl::operations
