#include "accounts/responses.hpp"

#include "base/json_writer.hpp"
#include "media/media.hpp"

namespace feedctl::accounts {

http::Response token_response(const Tokens& tokens) {
  std::string body;
  json::Writer writer(body);
  writer.open_object().text("access_token", tokens.access_token.reveal());
  writer.text("token_type", "Bearer").integer("expires_in", tokens.expires_in.count());
  writer.text("refresh_token", tokens.refresh_token.reveal());
  writer.integer("refresh_expires_in", tokens.refresh_expires_in.count());
  writer.text("scope", http::to_string(tokens.scopes)).key("user");
  users::append_json(writer, tokens.user);
  writer.close_object();
  return http::json_response(200, std::move(body));
}

http::Response providers_response(const oidc::Registry& providers) {
  std::string body;
  json::Writer writer(body);
  append_providers(writer.open_object().key("providers"), providers);
  writer.close_object();
  return http::json_response(200, std::move(body));
}

void append_sessions(json::Writer& writer, const std::vector<Session>& sessions,
                     const std::optional<Uuid>& current) {
  const auto current_id = current ? to_string(*current) : "";
  writer.open_array();
  for (const auto& session : sessions) {
    writer.open_object().text("id", session.id).text("client", session.client);
    writer.text("user_agent", session.user_agent).text("address", session.address);
    writer.text("scope", http::to_string(session.scopes));
    writer.text("created_at", rfc3339(session.created_at));
    writer.text("last_used_at", rfc3339(session.last_used_at));
    writer.text("expires_at", rfc3339(session.expires_at));
    writer.boolean("current", session.id == current_id).close_object();
  }
  writer.close_array();
}

http::Response sessions_response(const std::vector<Session>& sessions,
                                 const std::optional<Uuid>& current) {
  std::string body;
  json::Writer writer(body);
  append_sessions(writer.open_object().key("sessions"), sessions, current);
  writer.close_object();
  return http::json_response(200, std::move(body));
}

http::Response account_response(const users::User& user, bool is_handle_proposed,
                                const std::optional<http::Identity>& identity) {
  std::string body;
  json::Writer writer(body);
  writer.open_object().integer("id", user.id).text("handle", user.handle);
  writer.text("name", user.name);
  media::append_avatar(writer, "avatar", user.avatar);
  writer.integer("followers", user.followers).integer("following", user.following);
  writer.text("created_at", rfc3339(user.created_at));
  writer.text("role", users::to_string(user.role));
  writer.boolean("handle_proposed", is_handle_proposed);
  if (identity)
    writer.text("scope", http::to_string(identity->scopes));
  else
    writer.null("scope");
  if (identity && identity->session_id)
    writer.text("session_id", to_string(*identity->session_id));
  else
    writer.null("session_id");
  writer.close_object();
  return http::json_response(200, std::move(body));
}

http::Response redirect_response(const std::string& url) {
  http::Response response;
  response.status = 303;
  response.content_type = "";
  response.header("Location", url).header("Referrer-Policy", "no-referrer");
  return response;
}

http::Response done_response() {
  return http::no_content();
}

}  // namespace feedctl::accounts
