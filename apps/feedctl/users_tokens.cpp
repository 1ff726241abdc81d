#include "feedctl/users_tokens.hpp"

#include "base/error.hpp"
#include "feedctl/cli/output.hpp"
#include "feedctl/runtime.hpp"

namespace feedctl::cli {

namespace {

// nullopt: the account was deleted meanwhile.
std::optional<std::string> issue(auth::Auth& auth, Id user, const SampleTokens& wanted) {
  try {
    return auth.issue({user, wanted.scopes, std::nullopt, wanted.ttl});
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
    return std::nullopt;
  }
}

}  // namespace

int print_sample_tokens(const Runtime& runtime, users::Users& users, auth::Auth& auth,
                        const SampleTokens& wanted) {
  const auto sample = users.sample(wanted.count);
  if (sample.empty()) {
    throw Error(ErrorCode::failed, "there are no users yet")
        .with_hint("fill the database: feedctl seed --profile small");
  }
  Table table({"user_id", "token"});
  for (const Id user : sample) {
    if (auto token = issue(auth, user, wanted)) table.add({Cell{user}, Cell{*std::move(token)}});
  }
  table.print(runtime);
  if (sample.size() < static_cast<std::size_t>(wanted.count))
    runtime.notice("only " + std::to_string(sample.size()) + " users could be chosen");
  return exit_ok;
}

}  // namespace feedctl::cli
