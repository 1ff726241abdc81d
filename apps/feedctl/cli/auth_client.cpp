#include "feedctl/cli/auth_client.hpp"

#include <utility>

#include "base/error.hpp"
#include "base/http_url.hpp"
#include "base/json.hpp"
#include "base/json_writer.hpp"
#include "config/oidc_options.hpp"

namespace feedctl::cli {

namespace {

// An operator's own server may stand in a private network; its URL comes from the command line.
http_client::Options client_options() {
  http_client::Options options;
  options.allow_loopback_http = true;
  options.allow_private_addresses = true;
  return options;
}

std::string text_member(const json::Value& value, std::string_view name) {
  const auto* member = value.find(name);
  const auto* text = member == nullptr ? nullptr : member->text();
  return text == nullptr ? "" : *text;
}

std::chrono::seconds seconds_member(const json::Value& value, std::string_view name) {
  const auto* member = value.find(name);
  const auto* number = member == nullptr ? nullptr : member->integer();
  return std::chrono::seconds{number == nullptr ? 0 : *number};
}

json::Value parse_answer(const http_client::Response& response) {
  try {
    return json::parse(response.body);
  } catch (const Error&) {
    return {};
  }
}

Error refused(const std::string& server, const http_client::Response& response) {
  auto reason = text_member(parse_answer(response), "error");
  if (reason.empty()) reason = "is it a feedctl server?";
  return Error(ErrorCode::failed,
               server + " answered " + std::to_string(response.status) + ": " + reason);
}

StoredTokens parse_tokens(const std::string& server, const http_client::Response& response) {
  if (!response.is_success()) throw refused(server, response);
  const auto body = parse_answer(response);
  StoredTokens tokens;
  tokens.access_token = Secret(text_member(body, "access_token"));
  tokens.access_expires_at = now() + seconds_member(body, "expires_in");
  tokens.refresh_token = Secret(text_member(body, "refresh_token"));
  tokens.refresh_expires_at = now() + seconds_member(body, "refresh_expires_in");
  tokens.scope = text_member(body, "scope");
  if (const auto* user = body.find("user")) tokens.handle = text_member(*user, "handle");
  if (tokens.access_token.empty() || tokens.refresh_token.empty())
    throw Error(ErrorCode::failed, server + " answered without tokens");
  return tokens;
}

std::string refresh_body(const Secret<std::string>& token) {
  std::string body;
  json::Writer(body).open_object().text("refresh_token", token.reveal()).close_object();
  return body;
}

}  // namespace

std::string server_origin(const std::string& url) {
  try {
    const auto parsed = parse_http_url(url);
    if (parsed.path == "/" && parsed.query.empty()) return parsed.origin();
  } catch (const UrlError&) {
    // Refused below.
  }
  throw Error(ErrorCode::usage, "--server must be the URL of a server without a path")
      .with_hint("for example --server https://feed.example.org");
}

AuthClient::AuthClient(std::string server)
    : server_(std::move(server)), client_(client_options()) {}

http_client::Response AuthClient::post(const std::string& path, const std::string& body) const {
  return client_.post_json(server_ + path, body);
}

std::vector<std::string> AuthClient::providers() const {
  const auto response = client_.get(server_ + "/auth/providers");
  if (!response.is_success()) throw refused(server_, response);
  const auto body = parse_answer(response);
  std::vector<std::string> names;
  const auto* list = body.find("providers");
  if (list == nullptr || list->array() == nullptr) throw refused(server_, response);
  for (const auto& provider : *list->array()) {
    auto name = text_member(provider, "name");
    if (config::is_provider_name(name)) names.push_back(std::move(name));  // it is printed
  }
  return names;
}

StoredTokens AuthClient::exchange(const std::string& code, const std::string& code_verifier,
                                  const std::string& redirect_uri) const {
  std::string body;
  json::Writer(body)
      .open_object()
      .text("code", code)
      .text("code_verifier", code_verifier)
      .text("redirect_uri", redirect_uri)
      .close_object();
  return parse_tokens(server_, post("/auth/token", body));
}

void AuthClient::log_out(const Secret<std::string>& refresh_token) const {
  const auto response = post("/auth/logout", refresh_body(refresh_token));
  if (!response.is_success() && response.status != 401) throw refused(server_, response);
}

}  // namespace feedctl::cli
