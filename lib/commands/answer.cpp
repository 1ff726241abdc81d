#include "commands/answer.hpp"

#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "http/problem.hpp"

namespace feedctl::commands {

namespace {
// What was done is done: a server that has just started and not fetched its key yet says so without
// a token.
void add_token(http::Response& response, const CursorSigner& signer, const events::Token& token) {
  try {
    response.header("X-Feed-Token", issue_token(signer, token));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::unavailable) throw;
  }
}

}  // namespace

std::string issue_token(const CursorSigner& signer, const events::Token& token) {
  return signer.sign(token_scope, token.text());
}

std::optional<events::Token> read_token(const CursorSigner& signer, std::string_view text) {
  const auto payload = signer.verify(token_scope, text);
  return payload ? events::Token::parse(*payload) : std::nullopt;
}

http::Response answer(const http::Request& request, const Answering& answering,
                      std::optional<Id> actor,
                      const std::function<http::Response(Command&)>& work) {
  Command command{key_of(request, actor), std::nullopt, false, request.deadline};
  http::Response response;
  try {
    response = work(command);
  } catch (const Error& error) {
    if (!command.replayed || http::status_of(error.code()) >= 500) throw;
    response = http::problem(error, request.request_id);
  }
  if (command.token) {
    if (answering.on_done) answering.on_done(actor, *command.token);
    add_token(response, answering.signer, *command.token);
  }
  if (command.replayed) response.header("Idempotency-Replayed", "true");
  return response;
}

http::Response gone_response(int status, std::optional<Id> id) {
  std::string body;
  json::Writer writer(body);
  writer.open_object();
  if (id)
    writer.integer("id", *id);
  else
    writer.null("id");
  writer.boolean("deleted", true).close_object();
  return http::json_response(status, std::move(body));
}

}  // namespace feedctl::commands
