#pragma once
// What every command's route does around its work: the key before it, the token and the news of a
// replay after it. Thread-safe.
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/cursor.hpp"
#include "commands/batch.hpp"
#include "http/router.hpp"

namespace feedctl::commands {

inline constexpr std::string_view token_scope = "token";

// X-Feed-Token, and back, also from the id of an event of a stream (events::Place); nullopt for
// anything that was not issued here.
std::string issue_token(const CursorSigner& signer, const events::Token& token);
std::optional<events::Token> read_token(const CursorSigner& signer, std::string_view text);

// Called with a command's token before its answer goes out: whatever shows its effects may catch up
// meanwhile. May wait a little; must not throw.
using OnDone = std::function<void(std::optional<Id> actor, const events::Token&)>;

struct Answering {
  Answering(const CursorSigner& signer_, OnDone on_done_ = {}, OnDone noted_ = {})
      : signer(signer_), on_done(std::move(on_done_)), noted(std::move(noted_)) {}
  const CursorSigner& signer;
  OnDone on_done;
  // Called instead for a command whose lane no thread waits for: may not wait.
  OnDone noted;
};

// Runs `work` as `actor`'s command. Adds X-Feed-Token where something was asked of the database
// (not before the signer has its key),
// Idempotency-Replayed where the answer is that of an earlier command with the same key, also where
// that one failed. Errors of the key: see key_of(), settle(), again().
http::Response answer(const http::Request& request, const Answering& answering,
                      std::optional<Id> actor, const std::function<http::Response(Command&)>& work);

// A command that goes by a lane.
struct Later {
  // Hands it over.
  std::function<void(const Command&, Lane::Done)> submit;
  // Whether finish() asks the database for nothing more.
  std::function<bool(const Outcome&)> is_quick;
  std::function<http::Response(Command&, const Outcome&)> finish;
};
// The same as answer() without a thread that waits: `resume` gets what is left when the lane is
// done.
void answer_later(const http::Request& request, Answering answering, std::optional<Id> actor,
                  Later later, http::Resume resume);

// A resource that a replayed command made and that is gone since.
http::Response gone_response(int status, std::optional<Id> id);

}  // namespace feedctl::commands
