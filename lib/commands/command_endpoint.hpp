#pragma once
// The HTTP side of every command: reads the Idempotency-Key, adds X-Feed-Token and
// Idempotency-Replayed to the response. Thread-safe.
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/cursor_signer.hpp"
#include "commands/command_batcher.hpp"
#include "http/router.hpp"

namespace feedctl::commands {

inline constexpr std::string_view token_scope = "token";

// The value of X-Feed-Token, and the token in it. verify_token() also reads the id of a stream's
// event (events::LogCursor); nullopt for any text without a valid signature.
std::string issue_token(const CursorSigner& signer, const events::ConsistencyToken& token);
std::optional<events::ConsistencyToken> verify_token(const CursorSigner& signer,
                                                     std::string_view text);

// Gets a command's token before the response is sent, so that read models can catch up. Must not
// throw. In run_command() it may wait a little, in run_command_async() it must not wait.
using OnCommitted = std::function<void(std::optional<Id> actor, const events::ConsistencyToken&)>;

struct CommandContext {
  CommandContext(const CursorSigner& cursor_signer, OnCommitted callback = {})
      : signer(cursor_signer), on_committed(std::move(callback)) {}
  const CursorSigner& signer;
  OnCommitted on_committed;
};

// Runs `work` as `actor`'s command. Adds X-Feed-Token if the command used the database and the
// signer has its key. Adds Idempotency-Replayed if the response repeats that of an earlier command
// with the same key, even a failed one. Errors of the key: see extract_idempotency_key(),
// read_replay(), should_retry().
http::Response run_command(const http::Request& request, const CommandContext& context,
                           std::optional<Id> actor,
                           const std::function<http::Response(Command&)>& work);

// A command that a batcher runs.
struct AsyncCommand {
  // Gives the command to the batcher.
  std::function<void(const Command&, CommandBatcher::OnOutcome)> submit;
  // Whether finish() needs no query.
  std::function<bool(const Outcome&)> is_finish_non_blocking;
  std::function<http::Response(Command&, const Outcome&)> finish;
};
// As run_command(), but no thread waits: `resume` gets the rest of the work when the batcher is
// done.
void run_command_async(const http::Request& request, CommandContext context,
                       std::optional<Id> actor, AsyncCommand async,
                       http::CompletionCallback resume);

// The response for a resource that a replayed command created and that was deleted since.
http::Response deleted_response(int status, std::optional<Id> id);

}  // namespace feedctl::commands
