#include "support/web_session.hpp"

#include <algorithm>
#include <cctype>
#include <stdexcept>

#include "base/text.hpp"
#include "base/url.hpp"
#include "support/raw_client.hpp"
#include "support/sign_in_provider.hpp"

namespace feedctl::support {
namespace {

constexpr int max_redirects = 20;
constexpr int max_forms = 5;

struct Address {
  int port = 0;
  std::string target;
};

Address parse_url(const std::string& url) {
  const std::string start = "http://127.0.0.1:";
  if (url.compare(0, start.size(), start) != 0) throw std::runtime_error("no local URL: " + url);
  const auto slash = url.find('/', start.size());
  const auto end = slash == std::string::npos ? url.size() : slash;
  auto target = url.substr(end, url.find('#') - end);
  if (target.empty() || target[0] != '/') target = "/" + target;
  return {std::stoi(url.substr(start.size(), end - start.size())), target};
}

std::string resolve(const std::string& base, const std::string& location) {
  if (location.compare(0, 4, "http") == 0) return location;
  const auto origin = "http://127.0.0.1:" + std::to_string(parse_url(base).port);
  if (location.empty()) return base;
  if (location[0] == '/') return origin + location;
  const auto path = parse_url(base).target;
  return origin + path.substr(0, path.substr(0, path.find('?')).rfind('/') + 1) + location;
}

// By HTTP/1.0, for which a server neither chunks its answer nor keeps the connection. The client of
// the other suites decodes what header fields hold, and so breaks the URL of a redirect.
HttpResponse send_request(const Address& address, const std::string& request) {
  test::RawClient client(address.port);
  client.send(request);
  const auto read = client.read_response();
  if (!read) throw std::runtime_error("no answer to " + request.substr(0, request.find('\r')));
  HttpResponse response;
  response.status = read->status;
  for (const auto& [name, value] : read->headers) response.headers.emplace(name, value);
  response.body = read->header("content-length").empty() ? client.read_to_end() : read->body;
  return response;
}

bool is_redirect(const HttpResponse& response) {
  return response.status >= 301 && response.status <= 308 && response.status != 304;
}

bool starts_with(const std::string& text, const std::string& start) {
  return !start.empty() && text.compare(0, start.size(), start) == 0;
}

std::string encode_form(const HtmlForm& form, const std::string& name) {
  std::string body;
  bool has_button = false;  // a person presses one
  for (const auto& field : form.fields) {
    if (field.name.empty() || (field.type == "submit" && has_button)) continue;
    has_button = has_button || field.type == "submit";
    auto value = field.value;
    if (field.type == "text") value = name;
    if (field.type == "password") value = provider_password;
    body += (body.empty() ? "" : "&") + field.name + "=" + percent_encode(value);
  }
  return body;
}

std::string trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(' ');
  return begin == std::string_view::npos ? "" : std::string(text.substr(begin));
}

struct SetCookie {
  std::string name, value, path = "/";
  bool is_deletion = false;
};

SetCookie parse_set_cookie(std::string_view field) {
  SetCookie cookie;
  auto pair = next_field(field, ';');
  cookie.name = next_field(pair, '=');
  cookie.value = pair;
  cookie.is_deletion = cookie.value.empty();
  while (!field.empty()) {
    const auto text = trimmed(next_field(field, ';'));
    std::string_view value = text;
    std::string attribute(next_field(value, '='));
    std::transform(attribute.begin(), attribute.end(), attribute.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (attribute == "path") cookie.path = value;
    if (attribute == "max-age" && value == "0") cookie.is_deletion = true;
    if (attribute == "expires" && value.find("1970") != std::string_view::npos)
      cookie.is_deletion = true;
  }
  return cookie;
}

bool path_matches(const std::string& path, const std::string& cookie_path) {
  if (cookie_path == "/" || path == cookie_path) return true;
  return starts_with(path, cookie_path) &&
         (cookie_path.back() == '/' || path[cookie_path.size()] == '/');
}

}  // namespace

WebPage WebSession::request(const std::string& method, const std::string& url,
                            const std::string& body) {
  const auto address = parse_url(url);
  const auto origin = "127.0.0.1:" + std::to_string(address.port);
  auto text =
      method + " " + address.target + " HTTP/1.0\r\nHost: " + origin +
      "\r\nAccept: text/html,application/json;q=0.9,*/*;q=0.8\r\nUser-Agent: " + user_agent +
      "\r\n";
  const auto cookies = cookie_header(address.target.substr(0, address.target.find('?')));
  if (!cookies.empty()) text += "Cookie: " + cookies + "\r\n";
  if (method == "POST") {
    text += "Origin: http://" + origin + "\r\nContent-Type: application/x-www-form-urlencoded" +
            "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  }
  WebPage page{url, send_request(address, text + "\r\n" + body)};
  keep_cookies(page.response);
  return page;
}

WebPage WebSession::open(const std::string& url, const std::string& stop_at) {
  return follow(request("GET", url), stop_at);
}

WebPage WebSession::follow(WebPage page, const std::string& stop_at) {
  for (int count = 0; is_redirect(page.response); ++count) {
    if (count == max_redirects) throw std::runtime_error("too many redirects to " + page.url);
    const auto next = resolve(page.url, page.response.header("location"));
    if (starts_with(next, stop_at)) return {next, {}};
    page = request("GET", next);
  }
  return page;
}

WebPage WebSession::submit(const WebPage& page, const std::string& name,
                           const std::string& stop_at) {
  const auto forms = parse_forms(page.response.body);
  if (forms.empty()) throw std::runtime_error("no form at " + page.url + ": " + page.response.body);
  const auto with_text = std::find_if(forms.begin(), forms.end(),
                                      [](const HtmlForm& form) { return form.has_text_field(); });
  const auto& form = with_text == forms.end() ? forms.front() : *with_text;
  const auto body = encode_form(form, name);
  const auto action = resolve(page.url, form.action);
  if (form.method == "post") return follow(request("POST", action, body), stop_at);
  return open(action + "?" + body, stop_at);
}

WebPage WebSession::sign_in(const std::string& url, const std::string& name,
                            const std::string& stop_at) {
  auto page = open(url, stop_at);
  for (int count = 0; !parse_forms(page.response.body).empty(); ++count) {
    if (count == max_forms) throw std::runtime_error("too many forms: " + page.response.body);
    page = submit(page, name, stop_at);
  }
  return page;
}

bool WebSession::has_cookie(const std::string& name) const {
  return std::any_of(cookies_.begin(), cookies_.end(),
                     [&](const auto& cookie) { return cookie.first.first == name; });
}

std::string WebSession::cookie_header(const std::string& path) const {
  std::string header;
  for (const auto& [key, value] : cookies_) {
    if (!path_matches(path, key.second)) continue;
    header += (header.empty() ? "" : "; ") + key.first + "=" + value;
  }
  return header;
}

void WebSession::keep_cookies(const HttpResponse& response) {
  const auto [begin, end] = response.headers.equal_range("set-cookie");
  for (auto field = begin; field != end; ++field) {
    const auto cookie = parse_set_cookie(field->second);
    if (cookie.is_deletion)
      cookies_.erase({cookie.name, cookie.path});
    else
      cookies_[{cookie.name, cookie.path}] = cookie.value;
  }
}

}  // namespace feedctl::support
