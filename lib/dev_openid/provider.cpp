#include "dev_openid/provider.hpp"

#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "dev_openid/sign_in_page.hpp"

namespace feedctl::dev_openid {

namespace {

// Making an RSA key on a busy machine takes longer than a handler of the API may.
constexpr std::chrono::seconds handler_timeout{60};
constexpr std::size_t max_body = 16 * 1024;

http::ServerOptions server_options(const Options& options) {
  http::ServerOptions server;
  server.host = "127.0.0.1";
  server.port = options.port;
  server.loop_threads = 1;
  server.handler_threads = 4;
  server.access_log = false;
  server.handler_timeout = handler_timeout;
  // A foreign page whose name resolves to this machine must not reach it.
  server.allowed_hosts = {"127.0.0.1"};
  server.limits.max_body = server.limits.max_body_in_memory = max_body;
  server.limits.max_connections = 500;
  server.limits.max_queue_wait = server.limits.queue_wait_interval = handler_timeout;
  return server;
}

http::Response redirect(std::string location) {
  http::Response response;
  response.status = 303;
  response.content_type.clear();
  response.header("Location", std::move(location));
  return response;
}

void write_list(json::Writer& out, std::string_view name,
                std::initializer_list<std::string_view> items) {
  out.key(name).open_array();
  for (const auto item : items) out.text(item);
  out.close_array();
}

}  // namespace

Provider::Provider(Options options)
    : options_(std::move(options)),
      issuer_(issuer_of(options_)),
      keys_(options_.key_kind),
      codes_(code_ttl),
      tokens_(options_, keys_, codes_),
      router_(make_router()),
      server_(server_options(options_), router_, {}) {}

http::Router Provider::make_router() {
  http::Router router;
  const auto add = [&router](http::Method method, const char* pattern, http::Handler handler) {
    router.add({.method = method,
                .pattern = pattern,
                .policy = http::Policy::public_,
                .handler = std::move(handler)});
  };
  using enum http::Method;
  add(get, "/.well-known/openid-configuration",
      [this](const auto&) { return http::json_response(200, discovery_document()); });
  add(get, "/jwks", [this](const auto&) {
    auto response = http::json_response(200, keys_.jwks());
    response.header("Cache-Control", "public, max-age=300");
    return response;
  });
  add(get, "/authorize", [this](const auto& request) { return authorize(request); });
  add(post, "/authorize", [this](const auto& request) { return sign_in(request); });
  add(post, "/token", [this](const auto& request) { return tokens_.exchange(request); });
  add(get, "/userinfo", [this](const auto& request) { return tokens_.userinfo(request); });
  add(post, "/rotate-keys", [this](const auto& request) { return rotate(request); });
  return router;
}

http::Response Provider::authorize(const http::Request& request) {
  try {
    const Form form(request.query);
    const auto wanted = parse_authorization_request(form, options_);
    if (const auto error = find_error(wanted, form)) {
      return redirect(redirect_url(
          wanted, issuer_, {{"error", error->code}, {"error_description", error->description}}));
    }
    return sign_in_page(wanted, options_);
  } catch (const Error& error) {
    return error_page(400, error.what());
  }
}

http::Response Provider::sign_in(const http::Request& request) {
  if (is_foreign_page(request)) return error_page(403, "the form came from another site");
  try {
    const auto form = Form::parse(request.body);
    const auto wanted = parse_authorization_request(form, options_);
    if (const auto error = find_error(wanted, form)) {
      return redirect(redirect_url(wanted, issuer_, {{"error", error->code}}));
    }
    if (form.has("cancel")) {
      return redirect(redirect_url(wanted, issuer_, {{"error", "access_denied"}}));
    }
    const auto person = find_or_make_person(form.get("username"), options_.people);
    const auto code = codes_.add({wanted, person}, GrantStore::Clock::now());
    return redirect(redirect_url(wanted, issuer_, {{"code", code}}));
  } catch (const Error& error) {
    return error_page(400, error.what());
  }
}

http::Response Provider::rotate(const http::Request& request) {
  if (is_foreign_page(request)) {
    throw Error(ErrorCode::permission_denied, "only this provider's own pages may rotate its keys");
  }
  const auto* keep_old = request.query_param("keep_old");
  std::string body;
  json::Writer out(body);
  out.open_object();
  out.text("kid", keys_.rotate(keep_old == nullptr || *keep_old != "false")).close_object();
  return http::json_response(200, std::move(body));
}

std::string Provider::discovery_document() const {
  std::string body;
  json::Writer out(body);
  out.open_object().text("issuer", issuer_);
  out.text("authorization_endpoint", issuer_ + "/authorize");
  out.text("token_endpoint", issuer_ + "/token");
  out.text("userinfo_endpoint", issuer_ + "/userinfo").text("jwks_uri", issuer_ + "/jwks");
  write_list(out, "response_types_supported", {"code"});
  write_list(out, "response_modes_supported", {"query"});
  write_list(out, "grant_types_supported", {"authorization_code"});
  write_list(out, "subject_types_supported", {"public"});
  write_list(out, "id_token_signing_alg_values_supported", {to_string(options_.key_kind)});
  write_list(out, "scopes_supported", {"openid", "profile", "email"});
  write_list(out, "token_endpoint_auth_methods_supported",
             {"client_secret_basic", "client_secret_post"});
  write_list(out, "code_challenge_methods_supported", {"S256"});
  write_list(out, "claims_supported",
             {"sub", "preferred_username", "name", "email", "email_verified"});
  out.boolean("authorization_response_iss_parameter_supported", true).close_object();
  return body;
}

bool Provider::is_foreign_page(const http::Request& request) const {
  const auto* origin = request.header("origin");
  return origin != nullptr && *origin != issuer_;
}

}  // namespace feedctl::dev_openid
