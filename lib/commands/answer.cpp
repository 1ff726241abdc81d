#include "commands/answer.hpp"

#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "events/place.hpp"
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

http::Response conclude(const http::Request& request, const CursorSigner& signer,
                        const OnDone& on_done, std::optional<Id> actor, Command& command,
                        const std::function<http::Response(Command&)>& work) {
  http::Response response;
  try {
    response = work(command);
  } catch (const Error& error) {
    if (!command.replayed || http::status_of(error.code()) >= 500) throw;
    response = http::problem(error, request.request_id);
  }
  if (command.token) {
    if (on_done) on_done(actor, *command.token);
    add_token(response, signer, *command.token);
  }
  if (command.replayed) response.header("Idempotency-Replayed", "true");
  return response;
}

}  // namespace

std::string issue_token(const CursorSigner& signer, const events::Token& token) {
  return signer.sign(token_scope, token.text());
}

std::optional<events::Token> read_token(const CursorSigner& signer, std::string_view text) {
  const auto payload = signer.verify(token_scope, text);
  if (!payload) return std::nullopt;
  if (auto token = events::Token::parse(*payload)) return token;
  // A page shows whole rounds.
  const auto place = events::Place::parse(*payload);
  return place ? std::optional(events::Token{place->upto, std::nullopt}) : std::nullopt;
}

http::Response answer(const http::Request& request, const Answering& answering,
                      std::optional<Id> actor,
                      const std::function<http::Response(Command&)>& work) {
  Command command{key_of(request, actor), std::nullopt, false, request.deadline};
  return conclude(request, answering.signer, answering.on_done, actor, command, work);
}

void answer_later(const http::Request& request, Answering answering, std::optional<Id> actor,
                  Later later, http::Resume resume) {
  const Command command{key_of(request, actor), std::nullopt, false, request.deadline};
  // The request lives until it has been resumed, and what the lane gets must outlive this call.
  struct Begun {
    const http::Request& request;
    const Answering answering;
    const std::optional<Id> actor;
    Command command;
    const Later later;
    const http::Resume resume;
  };
  const auto begun = std::make_shared<Begun>(
      Begun{request, std::move(answering), actor, command, std::move(later), std::move(resume)});
  begun->later.submit(command, [begun](Outcome outcome) {
    const bool waits = begun->answering.on_done && !begun->answering.noted;
    const bool quick = !waits && begun->later.is_quick(outcome);
    begun->resume(
        [begun, outcome = std::move(outcome)] {
          const auto& done =
              begun->answering.noted ? begun->answering.noted : begun->answering.on_done;
          return conclude(begun->request, begun->answering.signer, done, begun->actor,
                          begun->command,
                          [&](Command& c) { return begun->later.finish(c, outcome); });
        },
        quick);
  });
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
