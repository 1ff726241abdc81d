#include "commands/idempotency_key.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/error.hpp"
#include "base/file_digest.hpp"
#include "http/body_file.hpp"
#include "http/content_negotiation.hpp"
#include "http/header_text.hpp"
#include "http/multipart.hpp"

namespace feedctl::commands {

namespace {

constexpr std::size_t max_key_length = 255;

[[noreturn]] void refuse(const char* why) {
  throw Error(ErrorCode::invalid_argument, std::string("Idempotency-Key ") + why);
}

bool is_visible(char c) {
  return c > 0x20 && c < 0x7f;
}

// An sf-string of RFC 8941, without its quotes.
std::string unquoted(std::string_view text) {
  std::string key;
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '"') {
      if (at + 1 != text.size()) break;
      return key;
    }
    const bool escaped = text[at] == '\\';
    if (escaped && (++at == text.size() || (text[at] != '"' && text[at] != '\\'))) break;
    key += text[at];
  }
  refuse("must end with its closing quote");
}

// The first `hex_digits` of SHA-256, as PostgreSQL reads a bytea.
std::string bytea_digest(std::string_view bytes, std::size_t hex_digits) {
  return "\\x" + sha256_hex(bytes).substr(0, hex_digits);
}

// Prefixes the length, so that different lists of parts give different texts.
void append_part(std::string& out, std::string_view part) {
  out += std::to_string(part.size()) + ':';
  out += part;
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

void append_sorted(std::string& out, Pairs pairs) {
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  append_part(out, std::to_string(pairs.size()));
  for (const auto& [name, value] : pairs) {
    append_part(out, name);
    append_part(out, value);
  }
}

std::string media_type_of(const http::Request& request) {
  const auto* type = request.header("content-type");
  if (type == nullptr || !request.has_body) return "";
  return http::to_lower(http::media_type(*type));
}

// A client makes a new boundary for each attempt, so that the bytes of the body differ. nullopt for
// a malformed form, whose bytes count.
std::optional<std::string> form_content(const http::Request& request) {
  try {
    const auto form = http::MultipartForm::parse(request);
    std::string content;
    for (const auto& part : form.parts()) {
      append_part(content, part.name);
      append_part(content, http::to_lower(part.content_type));
      append_part(content, sha256_hex(part.content));
    }
    return content;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_argument) throw;
    return std::nullopt;
  }
}

std::string content_of(const http::Request& request) {
  if (http::is_multipart(request)) {
    if (auto content = form_content(request)) return *std::move(content);
  }
  return http::read_body(request);
}

const std::string* single_key_header(const http::Request& request) {
  const std::string* found = nullptr;
  for (const auto& [name, value] : request.headers) {
    if (name != "idempotency-key") continue;
    if (found != nullptr) refuse("must be sent once");
    found = &value;
  }
  return found;
}

}  // namespace

std::string parse_idempotency_key(std::string_view header) {
  const auto text = http::trimmed(header);
  auto key = !text.empty() && text.front() == '"' ? unquoted(text) : std::string(text);
  if (key.empty()) refuse("must not be empty");
  if (key.size() > max_key_length) refuse("cannot exceed 255 characters");
  if (!std::all_of(key.begin(), key.end(), is_visible)) refuse("must be visible ASCII characters");
  return key;
}

std::string fingerprint(const http::Request& request) {
  std::string parts;
  append_part(parts, http::to_string(request.method));
  append_part(parts, request.route);
  append_sorted(parts, request.path_params);
  append_sorted(parts, request.query);
  append_part(parts, media_type_of(request));
  append_part(parts, content_of(request));
  return bytea_digest(parts, 16);
}

std::optional<IdempotencyKey> extract_idempotency_key(const http::Request& request,
                                                      std::optional<Id> actor) {
  const auto* header = single_key_header(request);
  if (header == nullptr) return std::nullopt;
  const auto text = parse_idempotency_key(*header);
  if (!actor) refuse("needs a user: sign in, or name one by user_id or X-User-Id");
  return IdempotencyKey{*actor, bytea_digest(text, 32), fingerprint(request)};
}

}  // namespace feedctl::commands
