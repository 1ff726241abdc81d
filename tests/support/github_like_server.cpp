#include "support/github_like_server.hpp"

#include "base/encoding.hpp"
#include "base/json_writer.hpp"
#include "base/sha256.hpp"
#include "base/url.hpp"
#include "dev_openid/form.hpp"

namespace feedctl::support {
namespace {

using dev_openid::Form;

constexpr const char* client_id = "github-client";
constexpr const char* client_secret = "the-github-secret";

http::ServerOptions server_options() {
  http::ServerOptions options;
  options.port = 0;
  options.loop_threads = 1;
  options.handler_threads = 4;
  options.access_log = false;
  options.handler_timeout = std::chrono::minutes{1};
  options.limits.max_queue_wait = options.limits.queue_wait_interval = std::chrono::minutes{1};
  return options;
}

std::string challenge_of(const std::string& verifier) {
  const auto digest = sha256(verifier);
  return base64url({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string hidden(const Form& form, const std::string& name) {
  return "<input type=\"hidden\" name=\"" + name + "\" value=\"" + percent_encode(form.get(name)) +
         "\">";
}

bool accepts_json(const http::Request& request) {
  const auto* accept = request.header("accept");
  return accept != nullptr && accept->find("application/json") != std::string::npos;
}

http::Response token_answer(const http::Request& request, const Form::Fields& fields) {
  http::Response response;
  if (!accepts_json(request)) {
    response.content_type = "application/x-www-form-urlencoded; charset=utf-8";
    for (const auto& [name, value] : fields) {
      response.body += (response.body.empty() ? "" : "&") + name + "=" + percent_encode(value);
    }
    return response;
  }
  json::Writer out(response.body);
  out.open_object();
  for (const auto& [name, value] : fields) out.text(name, value);
  out.close_object();
  return response;
}

// GitHub says application/json; the server of this fixture insists on the type that Accept names.
http::Response api_response(const http::Request& request, std::string body) {
  constexpr std::string_view versioned = "application/vnd.github+json";
  auto response = http::json_response(200, std::move(body));
  const auto* accept = request.header("accept");
  if (accept != nullptr && accept->find(versioned) != std::string::npos)
    response.content_type = versioned;
  return response;
}

http::Response api_error(int status, const std::string& message) {
  return http::json_response(status, "{\"message\":\"" + message + "\"}");
}

}  // namespace

GithubLikeServer::GithubLikeServer(std::string redirect_uri)
    : redirect_uri_(std::move(redirect_uri)),
      router_(make_router()),
      server_(server_options(), router_, {}) {
  server_.start();
}

Settings GithubLikeServer::server_settings(const std::string& name) const {
  const auto prefix = "oidc." + name + ".";
  return {{prefix + "kind", "github"},
          {prefix + "client_id", client_id},
          {prefix + "client_secret", client_secret},
          {prefix + "authorize_url", origin() + "/login/oauth/authorize"},
          {prefix + "token_url", origin() + "/login/oauth/access_token"},
          {prefix + "api_url", origin()}};
}

void GithubLikeServer::rename(const std::string& login, const std::string& new_login) {
  const auto id = id_of(login);
  const std::lock_guard lock(mutex_);
  logins_[id] = new_login;
}

http::Router GithubLikeServer::make_router() {
  http::Router router;
  const auto add = [&router](http::Method method, const char* pattern, http::Handler handler) {
    router.add({.method = method,
                .pattern = pattern,
                .policy = http::Policy::public_,
                .handler = std::move(handler)});
  };
  using enum http::Method;
  add(get, "/login/oauth/authorize", [this](const auto& r) { return authorize(r); });
  add(post, "/login/oauth/authorize", [this](const auto& r) { return sign_in(r); });
  add(post, "/login/oauth/access_token", [this](const auto& r) { return exchange(r); });
  add(get, "/user", [this](const auto& r) { return user(r); });
  add(get, "/user/emails", [this](const auto& r) { return emails(r); });
  return router;
}

http::Response GithubLikeServer::authorize(const http::Request& request) const {
  const Form form(request.query);
  if (form.get("client_id") != client_id) return api_error(404, "Not Found");
  if (form.get("redirect_uri") != redirect_uri_) return api_error(400, "redirect_uri mismatch");
  http::Response page;
  page.content_type = "text/html; charset=utf-8";
  page.body =
      "<!doctype html><html lang=\"en\"><head><title>GitHub-like</title></head><body>"
      "<form method=\"post\" action=\"/login/oauth/authorize\">" +
      hidden(form, "state") + hidden(form, "code_challenge") +
      "<label>Login <input name=\"login\"></label><button>Authorize</button></form>"
      "</body></html>";
  return page;
}

http::Response GithubLikeServer::sign_in(const http::Request& request) {
  const auto form = Form::parse(request.body);
  const auto code = codes_.add(
      {id_of(form.get("login")), percent_decode(form.get("code_challenge"))}, Grants::Clock::now());
  http::Response response;
  response.status = 302;
  response.content_type.clear();
  response.header("Location", redirect_uri_ + "?code=" + code + "&state=" + form.get("state"));
  return response;
}

http::Response GithubLikeServer::exchange(const http::Request& request) {
  const auto form = Form::parse(request.body);
  if (form.get("client_id") != client_id || form.get("client_secret") != client_secret) {
    return token_answer(request, {{"error", "incorrect_client_credentials"}});
  }
  if (form.has("redirect_uri") && form.get("redirect_uri") != redirect_uri_) {
    return token_answer(request, {{"error", "redirect_uri_mismatch"}});
  }
  const auto grant = codes_.take(form.get("code"), Grants::Clock::now());
  const bool fits = grant && (grant->code_challenge.empty() ||
                              grant->code_challenge == challenge_of(form.get("code_verifier")));
  if (!fits) return token_answer(request, {{"error", "bad_verification_code"}});
  return token_answer(request, {{"access_token", tokens_.add(*grant, Grants::Clock::now())},
                                {"scope", "read:user,user:email"},
                                {"token_type", "bearer"}});
}

http::Response GithubLikeServer::user(const http::Request& request) const {
  if (request.header("user-agent") == nullptr) return api_error(403, "User-Agent is required");
  const auto login = login_of(request);
  if (login.empty()) return api_error(401, "Bad credentials");
  const std::lock_guard lock(mutex_);
  std::string body;
  json::Writer out(body);
  for (const auto& [id, name] : logins_) {
    if (name != login) continue;
    out.open_object().text("login", login).integer("id", id).text("name", login);
    out.null("email").text("type", "User").close_object();
    break;
  }
  return api_response(request, std::move(body));
}

http::Response GithubLikeServer::emails(const http::Request& request) const {
  const auto login = login_of(request);
  if (login.empty()) return api_error(401, "Bad credentials");
  std::string body;
  json::Writer out(body);
  out.open_array().open_object().text("email", login + "@example.test");
  out.boolean("primary", true).boolean("verified", true).close_object().close_array();
  return api_response(request, std::move(body));
}

std::int64_t GithubLikeServer::id_of(const std::string& login) {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, name] : logins_) {
    if (name == login) return id;
  }
  const auto id = 583'000 + static_cast<std::int64_t>(logins_.size());
  logins_[id] = login;
  return id;
}

std::string GithubLikeServer::login_of(const http::Request& request) const {
  const auto* header = request.header("authorization");
  if (header == nullptr) return "";
  const auto token = header->substr(header->find(' ') + 1);
  const auto grant = tokens_.find(token, Grants::Clock::now());
  if (!grant) return "";
  const std::lock_guard lock(mutex_);
  return logins_.at(grant->user_id);
}

}  // namespace feedctl::support
