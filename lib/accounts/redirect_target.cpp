#include "accounts/redirect_target.hpp"

#include <algorithm>
#include <charconv>

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/url.hpp"

namespace feedctl::accounts {

namespace {

constexpr std::size_t max_target_size = 2048;

// Browsers drop tabs and line ends from a URL and read a backslash as a slash.
bool is_plain(std::string_view text) {
  return text.size() <= max_target_size && std::all_of(text.begin(), text.end(), [](char c) {
           return c > 0x20 && c < 0x7f && c != '\\' && c != '#';
         });
}

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

// "8080/callback"
bool is_port_and_path(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const auto digits = static_cast<std::size_t>(end - text.data());
  return error == std::errc{} && text.front() != '0' && port >= 1 && port <= 65535 &&
         digits < text.size() && text[digits] == '/';
}

bool is_loopback_url(std::string_view url) {
  for (const std::string_view origin : {"http://127.0.0.1:", "http://[::1]:"}) {
    if (starts_with(url, origin) && url.size() > origin.size())
      return is_port_and_path(url.substr(origin.size()));
  }
  return false;
}

bool is_dot_segment(std::string_view segment) {
  return segment == "." || segment == "..";
}

// The path of a page, as browsers resolve it and the router reads it.
bool is_page_path(std::string_view encoded) {
  std::string path;
  try {
    path = percent_decode(encoded.substr(0, encoded.find('?')));
  } catch (const UrlError&) {
    return false;
  }
  std::string_view rest = std::string_view(path).substr(1);
  if (rest == "auth" || starts_with(rest, "auth/")) return false;
  while (!rest.empty()) {
    if (is_dot_segment(next_field(rest, '/'))) return false;
  }
  return true;
}

}  // namespace

void check_return_to(std::string_view path) {
  const bool is_local = starts_with(path, "/") && !starts_with(path, "//");
  if (is_local && is_plain(path) && is_page_path(path)) return;
  throw Error(ErrorCode::invalid_argument,
              "return_to must be the path of a page of this server, such as /feed, without a "
              "fragment and not below /auth");
}

void check_client_redirect(std::string_view url) {
  if (is_plain(url) && is_loopback_url(url)) return;
  throw Error(ErrorCode::invalid_argument,
              "redirect_uri must be http://127.0.0.1:PORT/PATH or http://[::1]:PORT/PATH");
}

std::string with_query(std::string url, std::string_view name, std::string_view value) {
  url += url.find('?') == std::string::npos ? '?' : '&';
  return url.append(name).append("=").append(percent_encode(value));
}

}  // namespace feedctl::accounts
