#pragma once
// What a browser does in a sign-in, without a browser: follows redirects, keeps cookies, submits
// forms. Its URLs are http://127.0.0.1:PORT/..; as in a browser, all ports share their cookies. One
// thread. Throws std::runtime_error where a server does not answer.
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "support/html_form.hpp"
#include "support/http_client.hpp"

namespace feedctl::support {

struct WebPage {
  std::string url;
  HttpResponse response;  // status 0: of the URL at which the session was to stop
};

class WebSession {
 public:
  static constexpr const char* user_agent = "feedctl-web-session";

  // Follows redirects, but not to a URL that begins with `stop_at`, where that is not empty.
  WebPage open(const std::string& url, const std::string& stop_at = "");
  // Without following a redirect.
  WebPage request(const std::string& method, const std::string& url, const std::string& body = "");
  // Goes from the page's first form with a text field, or else its first one, to the next page.
  // Fills in `name` where a name is asked for, and the password.
  WebPage submit(const WebPage& page, const std::string& name, const std::string& stop_at = "");
  // From `url`, which leads to a provider, over the provider's pages to the first page that has no
  // form, or to `stop_at`.
  WebPage sign_in(const std::string& url, const std::string& name, const std::string& stop_at = "");

  bool has_cookie(const std::string& name) const;
  void clear_cookies() { cookies_.clear(); }

 private:
  WebPage follow(WebPage page, const std::string& stop_at);
  std::string cookie_header(const std::string& path) const;
  void keep_cookies(const HttpResponse& response);

  std::map<std::pair<std::string, std::string>, std::string> cookies_;  // by name and path
};

}  // namespace feedctl::support
