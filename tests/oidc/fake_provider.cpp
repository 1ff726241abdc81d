#include "fake_provider.hpp"

namespace feedctl::test {

using support::http_answer;

FakeProvider::FakeProvider()
    : server_([this](support::ScriptedConnection& connection) { serve(connection); }) {
  set_json("/.well-known/openid-configuration", discovery());
}

config::OidcProvider FakeProvider::config() const {
  config::OidcProvider made;
  made.name = "fake";
  made.display_name = "Fake";
  made.issuer = issuer();
  made.client_id = "client";
  made.client_secret = Secret<std::string>("s3cret:/?");
  return made;
}

void FakeProvider::set_raw(const std::string& path, std::string bytes) {
  const std::lock_guard lock(mutex_);
  answers_[path] = std::move(bytes);
}

void FakeProvider::set_json(const std::string& path, const std::string& document) {
  set_raw(path, http_answer(document));
}

void FakeProvider::publish(const std::vector<std::string>& jwks) {
  std::string list;
  for (const auto& jwk : jwks) list += (list.empty() ? "" : ",") + jwk;
  set_json("/jwks", R"({"keys":[)" + list + "]}");
}

void FakeProvider::set_id_token(const std::string& token) {
  set_json("/token", R"({"access_token":"at","token_type":"Bearer","id_token":")" + token + "\"}");
}

void FakeProvider::set_down(bool is_down) {
  const std::lock_guard lock(mutex_);
  is_down_ = is_down;
}

int FakeProvider::requests(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(path);
  return found == counts_.end() ? 0 : found->second;
}

support::ScriptedRequest FakeProvider::last(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  return last_.at(path);
}

std::string FakeProvider::discovery(const std::string& more) const {
  const auto at = issuer();
  return R"({"issuer":")" + at + R"(","authorization_endpoint":")" + at +
         R"(/authorize","token_endpoint":")" + at + R"(/token","jwks_uri":")" + at +
         R"(/jwks","userinfo_endpoint":")" + at + R"(/userinfo")" + more + "}";
}

std::string FakeProvider::claims(const std::map<std::string, std::string>& replaced) const {
  std::map<std::string, std::string> members{
      {"iss", '"' + issuer() + '"'},       {"aud", R"("client")"},
      {"sub", R"("248289761001")"},        {"exp", std::to_string(noon + 300)},
      {"iat", std::to_string(noon)},       {"nonce", R"("n-0S6_WzA2Mj")"},
      {"preferred_username", R"("jane")"}, {"name", R"("Jane Doe")"},
      {"email", R"("jane@example.org")"},  {"email_verified", "true"}};
  for (const auto& [name, value] : replaced) {
    if (value.empty())
      members.erase(name);
    else
      members[name] = value;
  }
  std::string out;
  for (const auto& [name, value] : members)
    out += (out.empty() ? "{\"" : ",\"") + name + "\":" + value;
  return out + "}";
}

void FakeProvider::serve(support::ScriptedConnection& connection) {
  const auto request = connection.read_request();
  if (!request) return;
  std::string answer;
  {
    const std::lock_guard lock(mutex_);
    const auto path = request->target.substr(0, request->target.find('?'));
    ++counts_[path];
    last_[path] = *request;
    if (is_down_) return;
    const auto found = answers_.find(path);
    answer = found == answers_.end() ? http_answer("{}", "application/json", "404 Not Found")
                                     : found->second;
  }
  connection.write(answer);
}

oidc::Expected expected() {
  return {.nonce = "n-0S6_WzA2Mj",
          .code_verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
          .redirect_uri = "https://feed.example.org/auth/callback/fake"};
}

oidc::CallbackParameters callback() {
  oidc::CallbackParameters made;
  made.code = "SplxlOBeZQQYbYS6WxSbIA";
  return made;
}

}  // namespace feedctl::test
