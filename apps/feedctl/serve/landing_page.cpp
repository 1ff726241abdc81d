#include "feedctl/serve/landing_page.hpp"

#include "base/html_escape.hpp"
#include "base/json_writer.hpp"
#include "base/version.hpp"

namespace feedctl::app {

namespace {

constexpr const char* head = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>feedctl</title><style>
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:3rem auto;padding:0 1rem}
h1{font-size:1.6rem;margin:0}h1 small{font-weight:400;opacity:.6;font-size:1rem}
table{border-collapse:collapse;width:100%;margin:1rem 0 3rem}
th{text-align:left;font-weight:600;border-bottom:2px solid}
td,th{padding:.3rem .8rem .3rem 0;vertical-align:top}td{border-bottom:1px solid #8884}
code{font:14px/1.5 ui-monospace,monospace}td:nth-child(3){opacity:.65}
nav a{margin-right:1.2rem}
</style></head><body>)";

const char* audience_of(http::Policy policy) {
  switch (policy) {
    case http::Policy::admin:
      return "admins";
    case http::Policy::editor:
      return "editors";
    case http::Policy::user:
      return "users";
    default:
      return "everybody";
  }
}

}  // namespace

http::Response landing_page(const http::Router& router) {
  http::Response response;
  response.content_type = "text/html; charset=utf-8";
  auto& body = response.body;
  body = head;
  body += "<h1>feedctl <small>" + escape_html(version) +
          "</small></h1><p>A social-feed backend: posts, likes, follows, a home feed and a hot "
          "feed.</p>";
  body += R"(<nav><a href="/admin/">Console</a><a href="/api/docs/">API</a>)"
          R"(<a href="/v1/feed/hot?limit=10">Hot feed</a><a href="/debug/health">Health</a>)"
          R"(<a href="/metrics">Metrics</a><a href="/debug/metrics-summary">Summary</a></nav>)";
  body +=
      "<table><thead><tr><th>Method</th><th>Route</th><th>Also "
      "as</th><th>For</th></tr></thead><tbody>";
  for (const auto& route : router.routes()) {
    std::string aliases;
    for (const auto& alias : route.aliases)
      aliases += (aliases.empty() ? "" : "<br>") + ("<code>" + escape_html(alias) + "</code>");
    body += "<tr><td><code>" + std::string(http::to_string(route.method)) +
            "</code></td><td><code>" + escape_html(route.pattern) + "</code></td><td>" + aliases +
            "</td><td>" + audience_of(route.policy) + "</td></tr>";
  }
  body += "</tbody></table></body></html>\n";
  response
      .header("Content-Security-Policy",
              "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
              "frame-ancestors 'none'")
      .header("Referrer-Policy", "same-origin");
  return response;
}

http::Response landing_json() {
  std::string body;
  json::Writer w(body);
  w.open_object()
      .text("message", "feedctl, a social-feed backend")
      .text("service", "feedctl")
      .text("version", version);
  w.text("docs", "/").text("health", "/health/").text("metrics", "/metrics").close_object();
  return http::json_response(200, body);
}

}  // namespace feedctl::app
