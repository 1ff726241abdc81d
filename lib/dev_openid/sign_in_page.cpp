#include "dev_openid/sign_in_page.hpp"

#include "base/encoding.hpp"
#include "base/fnv1a.hpp"
#include "base/html_escape.hpp"
#include "base/sha256.hpp"

namespace feedctl::dev_openid {

namespace {

constexpr std::string_view style = R"(
:root{color-scheme:light dark;--page:#f3f4f7;--card:#fff;--ink:#1b1f28;--soft:#5d6675;--line:#dde1e8;
--hover:#f0f3fb;--accent:#2456d6;--on-accent:#fff}
@media (prefers-color-scheme:dark){:root{--page:#12151b;--card:#1b2029;--ink:#e9ecf2;--soft:#a0a9b8;
--line:#313845;--hover:#252c39;--accent:#8fb0ff;--on-accent:#0d1530}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;grid-template-columns:minmax(0,26rem);
place-content:center;padding:1.5rem 1rem;
background:var(--page);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{background:var(--card);border:1px solid var(--line);
border-radius:14px;padding:1.75rem;box-shadow:0 8px 30px #0001}
h1{font-size:1.35rem;line-height:1.25;margin:0}
p{margin:.4rem 0 0;color:var(--soft);font-size:.92rem}
h2{font-size:.8rem;font-weight:600;color:var(--soft);margin:1.4rem 0 .5rem}
ul{list-style:none;margin:0;padding:0;display:grid;gap:.25rem}
button,input{font:inherit;color:inherit}
button{cursor:pointer}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.person{display:flex;align-items:center;gap:.75rem;width:100%;padding:.45rem .6rem;text-align:left;
background:none;border:1px solid transparent;border-radius:10px}
.person:hover,.person:focus-visible{background:var(--hover);border-color:var(--line)}
.person b,.person small{display:block;overflow-wrap:anywhere}
.person b{font-weight:600;line-height:1.3}
.person small{color:var(--soft);font-size:.85rem}
.avatar{flex:none;width:2.25rem;height:2.25rem;border-radius:50%;display:grid;place-items:center;
font-weight:600;color:#fff}
.c0{background:#2b59c3}.c1{background:#8a3ea8}.c2{background:#0f766e}.c3{background:#b4480f}
.c4{background:#a02d5b}.c5{background:#4d6410}
.new{display:flex;gap:.5rem}
.new input{flex:1;min-width:0;padding:.5rem .7rem;background:var(--card);border:1px solid var(--line);
border-radius:9px}
.new button{padding:.5rem 1rem;border:0;border-radius:9px;background:var(--accent);
color:var(--on-accent);font-weight:600}
.cancel{margin-top:1.4rem;padding-top:1rem;border-top:1px solid var(--line)}
.cancel button{padding:0;border:0;background:none;color:var(--soft);text-decoration:underline;
font-size:.92rem}
)";
constexpr std::size_t avatar_colors = 6;

// form-action is left out: browsers apply it to the redirects after a form, which lead to the
// client and from there to a port that only `feedctl login` knows.
std::string content_security_policy() {
  const auto digest = sha256(style);
  const auto hash = base64url({reinterpret_cast<const char*>(digest.data()), digest.size()}) + "=";
  return "default-src 'none'; style-src 'sha256-" + hash +
         "'; img-src data:; base-uri 'none'; frame-ancestors 'none'";
}

http::Response html(int status, std::string_view title, std::string_view main) {
  static const std::string policy = content_security_policy();
  http::Response response;
  response.status = status;
  response.content_type = "text/html; charset=utf-8";
  response.body = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">";
  response.body +=
      R"(<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" )"
      R"(href="data:,"><title>)";
  response.body += escape_html(title) + "</title><style>" + std::string(style) +
                   "</style></head>\n<body><main>" + std::string(main) + "</main></body></html>\n";
  response.header("Content-Security-Policy", policy);
  // Not no-referrer: with it a form would name its origin as null.
  response.header("Referrer-Policy", "same-origin");
  return response;
}

std::string hidden(std::string_view name, std::string_view value) {
  if (value.empty()) return "";
  return "<input type=\"hidden\" name=\"" + std::string(name) + "\" value=\"" + escape_html(value) +
         "\">";
}

// A form that sends the request back with what a person chose.
std::string form(const AuthorizationRequest& request, std::string_view style_class,
                 const std::string& controls) {
  return "<form method=\"post\" action=\"/authorize\" class=\"" + std::string(style_class) + "\">" +
         hidden("client_id", request.client_id) + hidden("redirect_uri", request.redirect_uri) +
         hidden("response_type", "code") + hidden("scope", request.scope) +
         hidden("state", request.state) + hidden("nonce", request.nonce) +
         hidden("code_challenge", request.code_challenge) +
         hidden("code_challenge_method", "S256") + controls + "</form>\n";
}

char to_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

// The first letter, which may take several bytes.
std::string initial_of(const std::string& name) {
  std::size_t size = 1;
  while (size < name.size() && (static_cast<unsigned char>(name[size]) & 0xc0) == 0x80) ++size;
  auto initial = name.substr(0, size);
  initial[0] = to_upper(initial[0]);
  return initial;
}

std::string person_button(const Person& person, bool has_focus) {
  const auto& shown = person.name.empty() ? person.username : person.name;
  const auto color = fnv1a_hash(person.username) % avatar_colors;
  return "<li><button class=\"person\" name=\"username\" value=\"" + escape_html(person.username) +
         "\"" + (has_focus ? " autofocus" : "") + "><span class=\"avatar c" +
         std::to_string(color) + "\" aria-hidden=\"true\">" + escape_html(initial_of(shown)) +
         "</span><span><b>" + escape_html(shown) + "</b><small>@" + escape_html(person.username) +
         "</small></span></button></li>\n";
}

std::string people_list(const AuthorizationRequest& request, const std::vector<Person>& people) {
  std::string buttons;
  for (const auto& person : people) {
    const bool has_focus = request.login_hint.empty() ? &person == &people.front()
                                                      : person.username == request.login_hint;
    buttons += person_button(person, has_focus);
  }
  return "<h2 id=\"people\">Someone who has an account</h2>\n" +
         form(request, "people", "<ul aria-labelledby=\"people\">\n" + buttons + "</ul>");
}

}  // namespace

http::Response sign_in_page(const AuthorizationRequest& request, const Options& options) {
  std::string main =
      "<h1>Who signs in?</h1><p>This provider is for development: anyone on this machine may "
      "choose, and there is no password.</p>\n";
  if (!options.people.empty()) main += people_list(request, options.people);
  main += "<h2><label for=\"name\">Someone new</label></h2>\n";
  main += form(request, "new",
               R"(<input id="name" name="username" type="text" placeholder="A name" )"
               R"(maxlength="64" required autocomplete="off" spellcheck="false"><button>Sign )"
               R"(in</button>)");
  main += form(request, "cancel", R"(<button name="cancel" value="1">Cancel</button>)");
  return html(200, "Sign in", main);
}

http::Response error_page(int status, std::string_view message) {
  std::string sentence(message);
  if (!sentence.empty()) sentence[0] = to_upper(sentence[0]);
  return html(status, "Sign-in failed",
              "<h1>Sign-in failed</h1><p>" + escape_html(sentence) +
                  ".</p><p>Go back to the application and start again.</p>");
}

}  // namespace feedctl::dev_openid
