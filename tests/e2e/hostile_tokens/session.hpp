#pragma once
// A signed-in session of a user, made without a provider: a one-time code as the callback of a
// provider stores it, exchanged for tokens.
#include <string>

#include "base/encoding.hpp"
#include "base/sha256.hpp"
#include "e2e/hostile_tokens/token_server.hpp"

namespace feedctl::hostile {

struct Session {
  std::string access_token;
  std::string refresh_token;
};

struct LoginCode {
  std::string code = base64url(random_bytes(32));
  std::string verifier = base64url(random_bytes(32));

  std::string body() const {
    return R"({"code":")" + code + R"(","code_verifier":")" + verifier + "\"}";
  }
};

inline std::string code_challenge(const std::string& verifier) {
  const auto digest = sha256(verifier);
  return base64url({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

// Stores a new code. `scopes` as a text[] of PostgreSQL.
inline LoginCode make_login_code(const support::FreshDatabase& database, const std::string& user_id,
                                 const std::string& scopes = "{read,write}") {
  const LoginCode made;
  database.execute(
      "INSERT INTO login_codes (code_hash, user_id, client_challenge, scopes) VALUES (decode('" +
      sha256_hex(made.code) + "', 'hex'), " + user_id + ", '" + code_challenge(made.verifier) +
      "', '" + scopes + "')");
  return made;
}

inline Session sign_in(const support::FreshDatabase& database, const HttpClient& http,
                       const std::string& user_id, const std::string& scopes = "{read,write}") {
  const auto answer = http.send_until_available("POST", "/auth/token",
                                                make_login_code(database, user_id, scopes).body());
  INFO(answer.body);
  REQUIRE(answer.status == 200);
  return {api::text_member(answer, "access_token"), api::text_member(answer, "refresh_token")};
}

inline HttpResponse refresh(const HttpClient& http, const std::string& refresh_token,
                            const HttpHeaders& headers = {}) {
  return http.post("/auth/refresh", R"({"refresh_token":")" + refresh_token + "\"}", headers);
}

inline std::string session_id_of(const std::string& access_token) {
  const auto first = access_token.find('.'), second = access_token.rfind('.');
  const auto claims = from_base64url(access_token.substr(first + 1, second - first - 1)).value();
  return api::text_member(json::parse(claims), "sid");
}

}  // namespace feedctl::hostile
