// A sign-in that a program or a page starts, and what a callback must bring.
#include "e2e/accounts/accounts_fixture.hpp"
#include "support/catch.hpp"

namespace feedctl::accounts_test {
namespace {

const std::string verifier(64, 'k');
const std::string client_redirect = "http://127.0.0.1:1/finished";

std::string client_login(const AccountsServer& server, const std::string& more = "") {
  return server.url("/auth/login/dev?redirect_uri=" + client_redirect +
                    "&state=the-state&code_challenge=" + code_challenge(verifier) + more);
}

support::HttpResponse exchange_code(const AccountsServer& server, const std::string& code,
                                    const std::string& with_verifier = verifier,
                                    const std::string& redirect = client_redirect) {
  return server.client().post("/auth/token", "{\"code\":\"" + code + "\",\"code_verifier\":\"" +
                                                 with_verifier + "\",\"redirect_uri\":\"" +
                                                 redirect + "\"}");
}

// The callback's URL with which the provider sends the browser back, not yet followed.
std::string callback_of(const AccountsServer& server, WebSession& session) {
  return session.sign_in(server.url("/auth/login/dev"), "grace", server.url("/auth/callback/")).url;
}

}  // namespace

TEST_CASE("a program gets a code at its loopback address and exchanges it once") {
  AccountsServer server;
  server.start();
  WebSession session;
  const auto code_for_program = [&](const std::string& more = "") {
    const auto back = session.sign_in(client_login(server, more), "grace", client_redirect).url;
    CHECK(parameter(back, "state") == "the-state");
    return parameter(back, "code");
  };
  const auto code = code_for_program();
  const auto tokens = tokens_in(exchange_code(server, code));
  CHECK(server.accepts(tokens));
  CHECK(exchange_code(server, code).status >= 400);

  CHECK(exchange_code(server, code_for_program(), std::string(64, 'x')).status >= 400);
  CHECK(exchange_code(server, code_for_program(), verifier, "http://127.0.0.1:2/other").status >=
        400);

  const auto reader = tokens_in(exchange_code(server, code_for_program("&scope=read")));
  CHECK(server.accepts(reader));
  const auto refused = server.client().post("/v1/posts", R"({"text":"hello"})", bearer(reader));
  CHECK(refused.status == 403);
  CHECK(refused.header("www-authenticate").find("insufficient_scope") != std::string::npos);
}

TEST_CASE("a page gets a code in the fragment of its own address") {
  AccountsServer server;
  server.start();
  WebSession session;
  const auto back = session
                        .sign_in(server.url("/auth/login/dev?return_to=/hello&code_challenge=" +
                                            code_challenge(verifier)),
                                 "grace", server.url("/hello"))
                        .url;
  const auto hash = back.find("#login_code=");
  REQUIRE(hash != std::string::npos);
  const auto code = parameter(back, "login_code");
  const auto answer = server.client().post(
      "/auth/token", "{\"code\":\"" + code + "\",\"code_verifier\":\"" + verifier + "\"}");
  CHECK(server.accepts(tokens_in(answer)));
}

TEST_CASE("a login sends nobody to a foreign address") {
  AccountsServer server;
  server.start();
  const auto challenge = "&code_challenge=" + code_challenge(verifier) + "&state=s";
  for (const std::string target :
       {"redirect_uri=https://evil.example/", "redirect_uri=http://localhost.evil.example:1/",
        "redirect_uri=http://127.0.0.1.evil.example/", "return_to=https://evil.example/",
        "return_to=//evil.example/", "return_to=/%5Cevil.example/"}) {
    INFO(target);
    const auto answer =
        WebSession().request("GET", server.url("/auth/login/dev?" + target + challenge));
    CHECK(answer.response.status == 400);
  }
  CHECK(WebSession().request("GET", server.url("/auth/login/nobody")).response.status == 404);
}

TEST_CASE("a callback needs the browser that began the sign-in, its state and an unused code") {
  AccountsServer server;
  server.start();
  WebSession session;
  const auto callback = callback_of(server, session);
  CHECK(session.has_cookie("__Host-feedctl-login"));

  CHECK(WebSession().request("GET", callback).response.status == 400);
  WebSession other;
  callback_of(server, other);
  CHECK(other.request("GET", callback).response.status == 400);

  WebSession fresh;
  const auto own = callback_of(server, fresh);
  const auto changed = own + "x";  // iss, the last parameter, names another provider
  CHECK(fresh.request("GET", changed).response.status == 400);

  WebSession once;
  const auto good = callback_of(server, once);
  WebSession same = once;
  CHECK(once.request("GET", good).response.status == 200);
  CHECK(same.request("GET", good).response.status == 400);
}

TEST_CASE("a person who cancels comes back with the provider's refusal") {
  AccountsServer server;
  server.start();
  WebSession session;
  const auto page = session.open(client_login(server));
  for (const auto& form : support::parse_forms(page.response.body)) {
    if (form.fields.back().name != "cancel") continue;
    auto only_cancel = page;
    const auto at = page.response.body.rfind("<form");
    only_cancel.response.body = page.response.body.substr(at);
    const auto back = session.submit(only_cancel, "", client_redirect);
    CHECK(parameter(back.url, "error") == "access_denied");
    CHECK(parameter(back.url, "code").empty());
    return;
  }
  FAIL("the page has no way to cancel");
}

TEST_CASE("people who are signed in go on while the provider is down") {
  AccountsServer server;
  server.start();
  const auto first = server.sign_in("dev", "grace");
  server.provider().kill();
  CHECK(server.accepts(first));
  const auto next = tokens_in(server.refresh(first.refresh));
  CHECK(server.accepts(next));
}

}  // namespace feedctl::accounts_test
