#include "commands/command_endpoint.hpp"

#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "events/log_cursor.hpp"
#include "http/problem.hpp"

namespace feedctl::commands {

namespace {
// The command has committed, so a server that has not loaded its signing key yet responds without a
// token.
void add_token_header(http::Response& response, const CursorSigner& signer,
                      const events::ConsistencyToken& token) {
  try {
    response.header("X-Feed-Token", issue_token(signer, token));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::unavailable) throw;
  }
}

http::Response finish_response(const http::Request& request, const CursorSigner& signer,
                               const OnCommitted& on_committed, std::optional<Id> actor,
                               Command& command,
                               const std::function<http::Response(Command&)>& work) {
  http::Response response;
  try {
    response = work(command);
  } catch (const Error& error) {
    if (!command.is_replay || http::status_of(error.code()) >= 500) throw;
    response = http::problem(error, request.request_id);
  }
  if (command.token) {
    if (on_committed) on_committed(actor, *command.token);
    add_token_header(response, signer, *command.token);
  }
  if (command.is_replay) response.header("Idempotency-Replayed", "true");
  return response;
}

}  // namespace

std::string issue_token(const CursorSigner& signer, const events::ConsistencyToken& token) {
  return signer.sign(token_scope, token.text());
}

std::optional<events::ConsistencyToken> verify_token(const CursorSigner& signer,
                                                     std::string_view text) {
  const auto payload = signer.verify(token_scope, text);
  if (!payload) return std::nullopt;
  if (auto token = events::ConsistencyToken::parse(*payload)) return token;
  // The id of a stream's event is a cursor, which names the end of a whole round.
  const auto cursor = events::LogCursor::parse(*payload);
  return cursor ? std::optional(events::ConsistencyToken{cursor->upto, std::nullopt})
                : std::nullopt;
}

http::Response run_command(const http::Request& request, const CommandContext& context,
                           std::optional<Id> actor,
                           const std::function<http::Response(Command&)>& work) {
  Command command{extract_idempotency_key(request, actor), std::nullopt, false, request.deadline};
  return finish_response(request, context.signer, context.on_committed, actor, command, work);
}

void run_command_async(const http::Request& request, CommandContext context,
                       std::optional<Id> actor, AsyncCommand async,
                       http::CompletionCallback resume) {
  const Command command{extract_idempotency_key(request, actor), std::nullopt, false,
                        request.deadline};
  // The request lives until it is resumed. The batcher's callback must outlive this call.
  struct AsyncState {
    const http::Request& request;
    const CommandContext context;
    const std::optional<Id> actor;
    Command command;
    const AsyncCommand async;
    const http::CompletionCallback resume;
  };
  const auto state = std::make_shared<AsyncState>(
      AsyncState{request, std::move(context), actor, command, std::move(async), std::move(resume)});
  state->async.submit(command, [state](Outcome outcome) {
    const bool non_blocking = state->async.is_finish_non_blocking(outcome);
    state->resume(
        [state, outcome = std::move(outcome)] {
          return finish_response(state->request, state->context.signer, state->context.on_committed,
                                 state->actor, state->command,
                                 [&](Command& c) { return state->async.finish(c, outcome); });
        },
        non_blocking ? http::RunOn::event_loop : http::RunOn::pool);
  });
}

http::Response deleted_response(int status, std::optional<Id> id) {
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
