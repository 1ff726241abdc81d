// Providers: keys below a name that the operator chooses.
#include "base/error.hpp"
#include "config/load.hpp"
#include "config/oidc_options.hpp"
#include "config/option_values.hpp"
#include "config/reference.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using namespace feedctl::config;

namespace {

const std::string public_url = "auth: {public_url: 'https://feed.example.org'}\n";

class Files {
 public:
  LoadedConfig load(const std::string& yaml, const Environment& environment = {},
                    const std::vector<FlagValue>& flags = {}) const {
    Sources sources;
    sources.file = write("f.yaml", yaml);
    sources.environment = environment;
    sources.flags = flags;
    return config::load(sources);
  }

  // "place: message" of each mistake.
  std::vector<std::string> mistakes(const std::string& yaml,
                                    const Environment& environment = {}) const {
    std::vector<std::string> found;
    try {
      load(yaml, environment);
    } catch (const Error& error) {
      for (const auto& mistake : error.fields())
        found.push_back(mistake.pointer.substr(mistake.pointer.rfind('/') + 1) + ": " +
                        mistake.detail);
    }
    return found;
  }

  std::string write(const std::string& name, const std::string& text) const {
    const auto path = folder_.write(name, text);
    std::filesystem::permissions(
        path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return path.string();
  }

 private:
  const support::TempFolder folder_;
};

bool has(const std::vector<std::string>& mistakes, const std::string& part) {
  for (const auto& mistake : mistakes) {
    if (mistake.find(part) != std::string::npos) return true;
  }
  for (const auto& mistake : mistakes) WARN(mistake);
  return false;
}

}  // namespace

TEST_CASE("providers of both kinds come from the file, sorted by name") {
  const Files files;
  files.write("secret", "from-a-file\n");
  const auto loaded = files.load(public_url +
                                 "oidc:\n"
                                 "  github:\n"
                                 "    kind: github\n"
                                 "    client_id: Iv1.x\n"
                                 "    client_secret_file: secret\n"
                                 "  acme-2:\n"
                                 "    issuer: https://login.example.org/realms/x\n"
                                 "    client_id: feedctl\n"
                                 "    scopes: [openid, email]\n");
  REQUIRE(loaded.config.oidc.providers.size() == 2);
  const auto& acme = loaded.config.oidc.providers[0];
  CHECK(acme.name == "acme-2");
  CHECK(acme.kind == OidcKind::openid);
  CHECK(acme.issuer == "https://login.example.org/realms/x");
  CHECK(acme.scopes == std::vector<std::string>{"openid", "email"});
  CHECK(acme.client_secret.empty());
  const auto& github = loaded.config.oidc.providers[1];
  CHECK(github.kind == OidcKind::github);
  CHECK(github.client_secret.reveal() == "from-a-file");
  CHECK(github.token_url == "https://github.com/login/oauth/access_token");
  CHECK(loaded.origins.at("oidc.github.kind").where.find("f.yaml:4:11") != std::string::npos);
}

TEST_CASE("the environment makes and changes providers, and flags win") {
  const Files files;
  const auto loaded =
      files.load(public_url + "oidc: {acme: {issuer: 'https://a.b', client_id: x}}\n",
                 {{"FEEDCTL_OIDC_ACME_CLIENT_ID", "from-environment"},
                  {"FEEDCTL_OIDC_MY_IDP_ISSUER", "https://c.d"},
                  {"FEEDCTL_OIDC_MY_IDP_CLIENT_ID", "z"},
                  {"FEEDCTL_OIDC_MY_IDP_CLIENT_SECRET_FILE", files.write("secret", "s3cret\n")},
                  {"FEEDCTL_OIDC_EMPTY_CLIENT_ID", ""}},
                 {{"--set", "oidc.acme.display_name", "Acme"}});
  REQUIRE(loaded.config.oidc.providers.size() == 2);
  CHECK(loaded.config.oidc.providers[0].client_id == "from-environment");
  CHECK(loaded.config.oidc.providers[0].display_name == "Acme");
  CHECK(loaded.config.oidc.providers[1].name == "my-idp");
  CHECK(loaded.config.oidc.providers[1].issuer == "https://c.d");
  CHECK(loaded.config.oidc.providers[1].client_secret.reveal() == "s3cret");
}

TEST_CASE("a systemd credential named like the key is a provider's secret") {
  const Files files;
  const auto path = files.write("oidc.acme.client_secret", "s3cret\n");
  const auto loaded =
      files.load(public_url + "oidc: {acme: {issuer: 'https://a.b', client_id: x}}\n",
                 {{"CREDENTIALS_DIRECTORY", std::filesystem::path(path).parent_path().string()}});
  CHECK(loaded.config.oidc.providers[0].client_secret.reveal() == "s3cret");
  CHECK(loaded.origins.at("oidc.acme.client_secret").kind == Origin::Kind::credential);
}

TEST_CASE("a provider's name can be read back from each of its variables") {
  for (const auto* name : {"google", "my-idp", "a", "0", "client-id", "x-client-secret"}) {
    for (const auto& option : provider_options(name)) {
      INFO(option.key);
      CHECK(provider_of_variable(env_name(option.key)) == std::optional<std::string>(name));
      if (is_secret(option))
        CHECK(provider_of_variable(env_name(option.key) + "_FILE") ==
              std::optional<std::string>(name));
    }
  }
  for (const auto* variable : {"FEEDCTL_OIDC_KIND", "FEEDCTL_OIDC__KIND_X", "FEEDCTL_OIDC_A_KINDS",
                               "OIDC_A_KIND", "FEEDCTL_AUTH_MODE", "FEEDCTL_OIDC_\xc3\xa4_KIND"}) {
    INFO(variable);
    CHECK_FALSE(provider_of_variable(variable));
  }
}

TEST_CASE("a provider that lacks something is named with its place and what to set") {
  const Files files;
  const auto lacking = files.mistakes("oidc:\n  google:\n    display_name: Google\n");
  CHECK(lacking.size() == 3);
  CHECK(has(lacking, "f.yaml:3:19: oidc.google.client_id is missing"));
  CHECK(has(lacking, "FEEDCTL_OIDC_GOOGLE_ISSUER"));
  CHECK(has(lacking, "auth.public_url is missing"));
  const auto github =
      files.mistakes(public_url + "oidc: {g: {kind: github, client_id: x, issuer: 'https://a'}}\n");
  CHECK(github.size() == 2);
  CHECK(has(github, "oidc.g.client_secret is missing"));
  CHECK(has(github, "oidc.g.issuer belongs to kind openid"));
  const auto openid = files.mistakes(
      public_url +
      "oidc: {g: {client_id: x, issuer: 'https://a', token_url: 'https://b', scopes: email}}\n");
  CHECK(openid.size() == 2);
  CHECK(has(openid, "oidc.g.token_url belongs to kind github"));
  CHECK(has(openid, "lacks openid"));
}

TEST_CASE("the URLs of a server of GitHub's kind are set together") {
  const Files files;
  const auto mistakes = [&](const std::string& urls) {
    return files.mistakes(public_url + "oidc: {g: {kind: github, client_id: x, client_secret: y" +
                          urls + "}}\n");
  };
  const std::string authorize = ", authorize_url: 'https://a/1'",
                    token = ", token_url: 'https://a/2'", api = ", api_url: 'https://a/3'";
  CHECK(mistakes("").empty());
  CHECK(mistakes(authorize + token + api).empty());
  for (const auto& some : {authorize, token, api, authorize + token, token + api})
    CHECK(has(mistakes(some), "belong together"));
}

TEST_CASE("unknown keys, wrong names and too much depth are refused with a suggestion") {
  const Files files;
  const auto suggestion = [&](const std::string& yaml) {
    return files.mistakes(public_url + yaml);
  };
  CHECK(has(suggestion("oidc: {google: {isuer: 'https://a'}}\n"),
            "unknown key oidc.google.isuer (did you mean oidc.google.issuer?)"));
  CHECK(has(suggestion("oidc: {Google: {issuer: 'https://a'}}\n"), "1 to 32 of a-z, 0-9 and -"));
  CHECK(has(suggestion("oidc: {google: x}\n"), "such as oidc.google.client_id"));
  CHECK(has(suggestion("oidc: x\n"), "oidc is a section"));
  CHECK(has(suggestion("oidc: {google: {issuer: {a: b}}}\n"), "nested too deeply"));
  CHECK(has(suggestion("server: {google: {issuer: b}}\n"), "nested too deeply"));
  CHECK(has(suggestion("oidc: {google: {kind: saml}}\n"), "openid, github"));
  CHECK(has(suggestion("oidc: {a: {client_id: x}, a: {client_id: y}}\n"), "stands twice"));
}

TEST_CASE("URLs of providers and of this server are checked") {
  const auto wrong = [](const char* key, const std::string& text) {
    Config config;
    return assign(*resolve_option(key), config, text).value_or("");
  };
  for (const auto* key : {"oidc.a.issuer", "oidc.a.token_url", "auth.public_url"}) {
    INFO(key);
    CHECK(wrong(key, "https://a.example") == "");
    CHECK(wrong(key, "http://127.0.0.1:8080") == "");
    CHECK(wrong(key, "http://[::1]:8080") == "");
    CHECK(wrong(key, "") == "");
    CHECK(wrong(key, "http://a.example").find("https://") != std::string::npos);
    CHECK(wrong(key, "https://u:secret@a.example").find("secret") == std::string::npos);
    for (const auto* text : {"https://u:secret@a.example", "a.example", "https://a.example/#x",
                             "https://a example", "ftp://a.example"})
      CHECK(wrong(key, text) != "");
  }
  CHECK(wrong("oidc.a.issuer", "https://a.example/realms/x/") == "");
  CHECK(wrong("oidc.a.issuer", "https://a.example/?x") != "");
  for (const auto* text : {"https://a.example/", "https://a.example/x", "https://A.example",
                           "https://a.example:443", "https://a.example?x=1"})
    CHECK(wrong("auth.public_url", text).find("expects an origin") != std::string::npos);
  CHECK(wrong("oidc.a.scopes", "openid profile").find("commas") != std::string::npos);
  CHECK(wrong("oidc.a.ca_file", "ca.pem") != "");
}

TEST_CASE("there are at most 16 providers") {
  const Files files;
  std::string yaml = public_url + "oidc:\n";
  for (int i = 0; i < 40; ++i)
    yaml += "  p" + std::to_string(i) + ": {issuer: 'https://a.b', client_id: x}\n";
  const auto mistakes = files.mistakes(yaml);
  CHECK(mistakes.size() == 1);
  CHECK(has(mistakes, "more than 16 providers"));
}

TEST_CASE("a provider's secret is shown nowhere and never goes on a command line") {
  const Files files;
  const std::string canary = "c4n4ry";
  const auto loaded = files.load(
      public_url + "oidc: {a: {issuer: 'https://a.b', client_id: x, client_secret: " + canary +
      "}}\n");
  std::size_t own_keys = 0;
  for (const auto& option : options_of(loaded.config)) {
    own_keys += section_of(option.key) == "oidc" ? 1 : 0;
    CHECK(render_redacted(option, loaded.config).find(canary) == std::string::npos);
  }
  CHECK(own_keys == provider_options("a").size());
  CHECK_THROWS_AS(files.load(public_url, {}, {{"--set", "oidc.a.client_secret", canary}}), Error);
  CHECK(resolve_option("oidc.a.client_secret")->redaction == Redaction::whole);
}

TEST_CASE("the example and the reference show the keys of providers") {
  CHECK(example_yaml().find("\n  # github:\n  #   kind: github\n") != std::string::npos);
  const auto reference = reference_markdown();
  for (const auto& option : provider_options("NAME"))
    CHECK(reference.find("| `" + option.key + "` | `" + env_name(option.key) + "` |") !=
          std::string::npos);
}

TEST_CASE("the providers of the example are valid once they are uncommented") {
  const Files files;
  for (const auto* name : {"google", "github", "keycloak"})
    files.write(std::string(name) + ".secret", "s3cret\n");
  std::string yaml = public_url + "oidc:\n";
  std::string_view rest = example_providers();
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    yaml.append("  ").append(rest.substr(4, end - 4)).append("\n");
    rest = rest.substr(end + 1);
  }
  CHECK(files.load(yaml).config.oidc.providers.size() == 3);
}
