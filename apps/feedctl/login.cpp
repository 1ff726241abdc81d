// feedctl login|logout.
#include <algorithm>

#include "base/encoding.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "feedctl/cli/auth_client.hpp"
#include "feedctl/cli/credentials_file.hpp"
#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/cli/output.hpp"
#include "feedctl/cli/spec.hpp"
#include "feedctl/login/browser.hpp"
#include "feedctl/login/loopback_listener.hpp"
#include "feedctl/runtime.hpp"
#include "oidc/pkce.hpp"

namespace feedctl::cli {

namespace {

constexpr std::chrono::minutes max_wait{10};  // as long as the server keeps the sign-in

struct LoginOptions {
  std::string server;
  std::string provider;
  bool no_browser = false;
};

// The only provider of the server, or the one that the option names.
std::string choose_provider(const AuthClient& client, const LoginOptions& options) {
  const auto known = client.providers();
  if (known.empty()) {
    throw Error(ErrorCode::failed, "the server offers no sign-in")
        .with_hint("configure a provider there: oidc.NAME.issuer, .client_id, .client_secret");
  }
  const auto& wanted = options.provider.empty() ? known.front() : options.provider;
  const bool is_known = std::find(known.begin(), known.end(), wanted) != known.end();
  if (is_known && (known.size() == 1 || !options.provider.empty())) return wanted;
  throw Error(ErrorCode::usage, "name a provider of the server: --provider NAME")
      .with_hint("it offers " + join(known, ", "));
}

std::string login_url(const std::string& server, const std::string& provider,
                      const std::string& redirect_uri, const std::string& state,
                      const std::string& verifier) {
  return server + "/auth/login/" + percent_encode(provider) +
         "?redirect_uri=" + percent_encode(redirect_uri) + "&state=" + state +
         "&code_challenge=" + oidc::code_challenge(verifier) +
         "&code_challenge_method=S256&scope=read%20write%20admin";
}

Error refused_sign_in(const std::string& error) {
  if (error == "temporarily_unavailable") {
    return Error(ErrorCode::failed, "the provider, or the server's database, does not answer")
        .with_hint("try again; the server's log says why");
  }
  return Error(ErrorCode::failed, "the provider refused the sign-in: " + error)
      .with_hint("a suspended account is refused, too");
}

StoredTokens sign_in(const Runtime& runtime, const LoginOptions& options,
                     const std::string& server) {
  const AuthClient client(server);
  const auto provider = choose_provider(client, options);
  LoopbackListener listener;
  const auto state = base64url(random_bytes(32));
  const auto verifier = oidc::make_code_verifier();
  const auto url = login_url(server, provider, listener.redirect_uri(), state, verifier);
  const bool opened = !options.no_browser && open_in_browser(url);
  runtime.notice((opened ? "a browser opens; else open this link on this machine:\n"
                         : "open this link in a browser on this machine:\n") +
                 url);
  const auto redirect = listener.wait(state, Deadline::after(max_wait));
  if (!redirect) {
    throw Error(ErrorCode::failed, "nobody signed in within ten minutes")
        .with_hint(
            "--server must be the address at which browsers reach the server "
            "(auth.public_url)");
  }
  if (!redirect->error.empty()) throw refused_sign_in(redirect->error);
  return client.exchange(redirect->code, verifier, listener.redirect_uri());
}

int run_login(const Runtime& runtime, const LoginOptions& options) {
  const auto server = server_origin(options.server);
  { const CredentialsFile usable; }  // nobody signs in for tokens that cannot be kept
  auto tokens = sign_in(runtime, options, server);
  CredentialsFile file;
  Record record;
  record.add("server", Cell{server})
      .add("handle", Cell{tokens.handle})
      .add("scope", Cell{tokens.scope})
      .add("ends_at", Cell{tokens.refresh_expires_at})
      .add("file", Cell{credentials_path().string()});
  file.store(server, std::move(tokens));
  record.print(runtime);
  return exit_ok;
}

// The server to sign out of: the named one, else the only one.
std::string choose_server(const CredentialsFile& file, const LoginOptions& options) {
  if (!options.server.empty()) return server_origin(options.server);
  const auto servers = file.servers();
  if (servers.size() == 1) return servers.front();
  if (servers.empty()) throw Error(ErrorCode::failed, "you are not signed in anywhere");
  throw Error(ErrorCode::usage, "name the server to sign out of: --server URL")
      .with_hint("you are signed in at " + join(servers, ", "));
}

// The tokens are removed even if the server cannot be told.
int run_logout(const Runtime& runtime, const LoginOptions& options) {
  CredentialsFile file;
  const auto server = choose_server(file, options);
  const auto tokens = file.find(server);
  if (!tokens) throw Error(ErrorCode::failed, "you are not signed in at " + server);
  file.remove(server);
  try {
    AuthClient(server).log_out(tokens->refresh_token);
  } catch (const Error& error) {
    throw Error(error.code(), std::string("the tokens are removed here, but ") + error.what())
        .with_hint("the session at the server ends at " + rfc3339(tokens->refresh_expires_at));
  }
  runtime.notice("signed out of " + server);
  return exit_ok;
}

}  // namespace

CommandFn login(Spec& spec) {
  auto options = std::make_shared<LoginOptions>();
  spec.about(
      "Signs in at a server with a browser on this machine. The tokens are kept in "
      "$XDG_STATE_HOME/feedctl/credentials.json, which only you can read, for commands that call "
      "the server; they are refreshed when they end.");
  spec.example("sign in", "feedctl login --server https://feed.example.org");
  spec.example("with one of several providers",
               "feedctl login --server https://feed.example.org --provider google");
  spec.value("--server", "URL", "the server, as browsers reach it", &options->server).required();
  spec.value("--provider", "NAME", "where to sign in, if the server offers several",
             &options->provider);
  spec.flag("--no-browser", "print the link and open no browser", &options->no_browser);
  spec.see_also({"logout", "users token"});
  return [options](Runtime& runtime) { return run_login(runtime, *options); };
}

CommandFn logout(Spec& spec) {
  auto options = std::make_shared<LoginOptions>();
  spec.about("Ends the session of feedctl login at the server and removes its tokens here.");
  spec.example("sign out", "feedctl logout");
  spec.value("--server", "URL", "the server, if you are signed in at several", &options->server);
  spec.see_also({"login"});
  return [options](Runtime& runtime) { return run_logout(runtime, *options); };
}

}  // namespace feedctl::cli
