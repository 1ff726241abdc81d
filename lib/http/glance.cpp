#include "http/glance.hpp"

#include <algorithm>
#include <utility>

#include "http/hosts.hpp"
#include "http/server.hpp"
#include "http/text.hpp"

namespace feedctl::http {

namespace {

constexpr std::size_t longest_line = 1024;  // of the request; longer ones are not usual
constexpr std::string_view version = " HTTP/1.1\r\n";

// In the order of Field, which is that of their sizes.
constexpr std::array<std::string_view, 16> names{"host",
                                                 "accept",
                                                 "origin",
                                                 "expect",
                                                 "x-user-id",
                                                 "connection",
                                                 "traceparent",
                                                 "x-request-id",
                                                 "x-feed-token",
                                                 "authorization",
                                                 "if-none-match",
                                                 "content-length",
                                                 "accept-encoding",
                                                 "x-forwarded-for",
                                                 "content-encoding",
                                                 "transfer-encoding"};

using Table = std::array<bool, 256>;

// Characters of a target that stand for themselves and whose meaning nothing changes.
constexpr Table plain_target = [] {
  Table table{};
  for (unsigned c = 'a'; c <= 'z'; ++c) table[c] = true;
  for (unsigned c = 'A'; c <= 'Z'; ++c) table[c] = true;
  for (unsigned c = '0'; c <= '9'; ++c) table[c] = true;
  for (const char c : std::string_view("-_.~/?&=,:;@!$'()*")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}();

constexpr Table token = [] {
  Table table{};
  for (unsigned c = 0; c < 256; ++c) table[c] = is_token_char(static_cast<char>(c));
  return table;
}();

bool all_in(const Table& table, std::string_view text) {
  for (const char c : text) {
    if (!table[static_cast<unsigned char>(c)]) return false;
  }
  return true;
}

// Without a branch a byte, so that the compiler can take many at once.
bool has_control(std::string_view text) {
  unsigned found = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    found |= static_cast<unsigned>(byte < 0x20) | static_cast<unsigned>(byte == 0x7f);
  }
  return found != 0;
}

std::size_t place_of(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].size() < name.size()) continue;
    if (names[i].size() > name.size()) break;
    if (same_word(names[i], name)) return i;
  }
  return names.size();
}

}  // namespace

Glance::Glance(const Request& request)
    : method_(request.method), path_(request.path), query_(request.target) {
  const auto mark = query_.find('?');
  query_ = mark == std::string_view::npos ? std::string_view() : query_.substr(mark + 1);
  for (const auto& [name, value] : request.headers) {
    if (!take_field(name, value)) doubtful_ = true;
  }
}

bool Glance::read_line(std::string_view bytes, const Limits& limits) {
  std::size_t start = 0;
  if (bytes.substr(0, 5) == "GET /") {
    method_ = Method::get;
    start = 4;
  } else if (bytes.substr(0, 6) == "HEAD /") {
    method_ = Method::head;
    start = 5;
  } else {
    return false;
  }
  const auto most = std::min(longest_line, limits.request_line);
  if (most < start + version.size()) return false;
  const auto rest = bytes.substr(start, most - start - version.size());
  const auto space = rest.find(' ');
  if (space == std::string_view::npos || bytes.substr(start + space, version.size()) != version)
    return false;
  const auto target = rest.substr(0, space);
  if (!all_in(plain_target, target)) return false;
  const auto mark = target.find('?');
  path_ = target.substr(0, mark);
  query_ = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
  if (path_.find("/.") != std::string_view::npos) return false;
  const auto more = std::count(query_.begin(), query_.end(), '&');
  if (!query_.empty() && static_cast<std::size_t>(more) >= limits.query_params) return false;
  line_size_ = start + space + version.size();
  return true;
}

std::size_t Glance::read_fields(std::string_view bytes, const Limits& limits,
                                const HostRules& hosts) {
  fields_ = {};
  auto rest = bytes.substr(line_size_, limits.header_bytes);
  for (std::size_t count = 0; count <= limits.header_count; ++count) {
    const auto newline = rest.find('\n');
    if (newline == std::string_view::npos || newline == 0 || rest[newline - 1] != '\r') return 0;
    const auto line = rest.substr(0, newline - 1);
    rest.remove_prefix(newline + 1);
    if (line.empty()) {
      return plain(hosts) ? static_cast<std::size_t>(rest.data() - bytes.data()) : 0;
    }
    const auto colon = line.find(':');
    if (colon == 0 || colon == std::string_view::npos || line.size() > limits.header_line) return 0;
    const auto name = line.substr(0, colon);
    const auto value = trimmed(line.substr(colon + 1));
    if (!all_in(token, name) || has_control(value) || !take_field(name, value)) return 0;
  }
  return 0;
}

Request request_of(const Glance& glance) {
  Request request;
  request.method = glance.method();
  request.path = glance.path();
  for (auto rest = glance.query(); !rest.empty();) {
    const auto end = std::min(rest.find('&'), rest.size());
    const auto pair = rest.substr(0, end);
    const auto equals = std::min(pair.find('='), pair.size());
    request.query.emplace_back(pair.substr(0, equals),
                               pair.substr(std::min(equals + 1, pair.size())));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (const auto tags = glance.field(Field::if_none_match))
    request.headers.emplace_back("if-none-match", *tags);
  return request;
}

// Nothing of which the Framer might have to say something.
bool Glance::plain(const HostRules& hosts) {
  for (const auto name :
       {Field::expect, Field::content_length, Field::content_encoding, Field::transfer_encoding}) {
    if (has(name)) return false;
  }
  const auto host = field(Field::host);
  if (!host || host->empty() || !HostRules::well_formed(*host) || !hosts.allows(*host))
    return false;
  const auto connection = field(Field::connection);
  closes_ = connection && same_word(*connection, "close");
  return !connection || closes_ || same_word(*connection, "keep-alive");
}

// False where one that counts was sent twice.
bool Glance::take_field(std::string_view name, std::string_view value) {
  const auto place = place_of(name);
  if (place == names.size()) return true;
  if (fields_[place].data() != nullptr) return false;
  fields_[place] = value.data() != nullptr ? value : std::string_view("");
  return true;
}

}  // namespace feedctl::http
