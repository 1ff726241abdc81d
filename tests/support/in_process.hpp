#pragma once
// Calls a route as the server would, without one: match, authentication, handler, problems. For
// tests that link http and auth.
#include <string>
#include <utility>
#include <vector>

#include "auth/auth.hpp"
#include "base/error.hpp"
#include "http/message.hpp"
#include "http/problem.hpp"
#include "http/router.hpp"
#include "support/call_handler.hpp"

namespace feedctl::support {

class InProcessClient {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;  // names in lower case

  InProcessClient(const http::Router& router, auth::Auth& auth) : router_(router), auth_(auth) {}

  // `target` is a path, with or without a query; nothing in it is percent-encoded.
  http::Response send(http::Method method, const std::string& target, const std::string& body = "",
                      const Headers& headers = {}) const {
    auto request = make_request(method, target, body, headers);
    const auto match = router_.match(method, request.path);
    if (match.route == nullptr)
      return http::problem(router_.allowed_methods(request.path).empty() ? 404 : 405, "", "");
    request.path_params = match.path_params;
    request.route = match.route->pattern;
    try {
      auth_.authenticate(request, *match.route);
      return call_handler(*match.route, request);
    } catch (const http::HttpError& error) {
      return http::problem(error.status(), error.what(), "");
    } catch (const Error& error) {
      return http::problem(error, "");
    }
  }
  http::Response get(const std::string& target, const Headers& headers = {}) const {
    return send(http::Method::get, target, "", headers);
  }
  http::Response post(const std::string& target, const std::string& body = "",
                      const Headers& headers = {}) const {
    return send(http::Method::post, target, body, headers);
  }
  http::Response patch(const std::string& target, const std::string& body,
                       const Headers& headers = {}) const {
    return send(http::Method::patch, target, body, headers);
  }
  http::Response del(const std::string& target, const Headers& headers = {}) const {
    return send(http::Method::del, target, "", headers);
  }

 private:
  static http::Request make_request(http::Method method, const std::string& target,
                                    const std::string& body, const Headers& headers) {
    http::Request request;
    request.method = method;
    request.target = target;
    const auto question = target.find('?');
    request.path = target.substr(0, question);
    for (auto at = question; at != std::string::npos;) {
      const auto end = target.find('&', at + 1);
      const auto pair = target.substr(at + 1, end - at - 1);
      const auto equals = pair.find('=');
      request.query.emplace_back(pair.substr(0, equals),
                                 equals == std::string::npos ? "" : pair.substr(equals + 1));
      at = end;
    }
    request.headers = headers;
    if (!body.empty() && request.header("content-type") == nullptr)
      request.headers.emplace_back("content-type", "application/json");
    request.body = body;
    request.has_body = !body.empty();
    return request;
  }

  const http::Router& router_;
  auth::Auth& auth_;
};

}  // namespace feedctl::support
