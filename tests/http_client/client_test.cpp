// Calls that go well, and what a call never does: a redirect, plain HTTP, a private address.
#include "http_client/client.hpp"

#include "base/error.hpp"
#include "support/catch.hpp"
#include "support/scripted_server.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using namespace feedctl::http_client;
using support::http_answer;
using support::ScriptedConnection;
using support::ScriptedServer;

namespace {

Options local_options() {
  Options options;
  options.allow_loopback_http = true;
  // A busy machine must not come to them.
  options.connect_timeout = options.read_timeout = options.deadline = std::chrono::minutes{5};
  return options;
}

// Keeps the last request and answers with `answer`.
class Site {
 public:
  explicit Site(std::string answer,
                std::optional<ScriptedServer::Certificate> certificate = std::nullopt)
      : answer_(std::move(answer)),
        server([this](ScriptedConnection& connection) { serve(connection); },
               std::move(certificate)) {}

  support::ScriptedRequest request() const {
    const std::lock_guard lock(mutex_);
    return request_;
  }

 private:
  void serve(ScriptedConnection& connection) {
    auto read = connection.read_request();
    if (!read) return;
    {
      const std::lock_guard lock(mutex_);
      request_ = std::move(*read);
    }
    connection.write(answer_);
  }

  mutable std::mutex mutex_;
  support::ScriptedRequest request_;
  const std::string answer_;

 public:
  ScriptedServer server;
};

Error error_of(const Client& client, const std::string& url) {
  try {
    client.get(url);
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorCode::internal, "there was no error");
}

bool contains(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a GET sends path, query and fields, and gets status, fields and body") {
  Site site(http_answer("{}", "Application/JSON; charset=utf-8", "201 Created", "X-A: 1\r\n"));
  const Client client(local_options());
  const auto response = client.get(site.server.origin() + "/a%20b?c=d%26e", {{"X-Mine", "2"}});
  CHECK(response.status == 201);
  CHECK(response.is_success());
  CHECK(response.body == "{}");
  CHECK(response.header("x-a") == "1");
  CHECK(response.header("x-b") == "");
  CHECK(response.media_type() == "application/json");
  CHECK(site.request().method == "GET");
  CHECK(site.request().target == "/a%20b?c=d%26e");
  CHECK(site.request().headers.at("x-mine") == "2");
  CHECK(site.request().headers.at("host") == "127.0.0.1:" + std::to_string(site.server.port()));
  CHECK(site.request().headers.at("user-agent") == "feedctl");
}

TEST_CASE("a form is sent percent-encoded, and JSON as it is") {
  Site site(http_answer("{}"));
  const Client client(local_options());
  client.post_form(site.server.origin() + "/token", {{"a", "x y&z=1+2"}, {"b", "\xc3\xa4"}});
  CHECK(site.request().method == "POST");
  CHECK(site.request().body == "a=x%20y%26z%3D1%2B2&b=%C3%A4");
  CHECK(site.request().headers.at("content-type") == "application/x-www-form-urlencoded");
  client.post_json(site.server.origin(), R"({"a":1})");
  CHECK(site.request().target == "/");
  CHECK(site.request().body == R"({"a":1})");
  CHECK(site.request().headers.at("content-type") == "application/json");
}

TEST_CASE("an answer in chunks, and one that ends with the connection, are read whole") {
  const std::string head = "HTTP/1.1 200 OK\r\n";
  for (const auto& answer :
       {head + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", head + "\r\nabc",
        "HTTP/1.1 100 Continue\r\n\r\n" + head + "Content-Length: 3\r\n\r\nabc"}) {
    Site site(answer);
    CHECK(Client(local_options()).get(site.server.origin()).body == "abc");
  }
}

TEST_CASE("a redirect is an answer and is not followed") {
  Site site(http_answer("", "text/plain", "302 Found", "Location: /other\r\n"));
  const auto response = Client(local_options()).get(site.server.origin());
  CHECK(response.status == 302);
  CHECK(response.header("location") == "/other");
  CHECK(site.server.connections() == 1);
}

TEST_CASE("a certificate is verified with its name") {
  const support::TempFolder good_folder, other_folder;
  const auto good = support::make_certificate(good_folder.path(), "IP:127.0.0.1");
  const auto other = support::make_certificate(other_folder.path(), "DNS:other.example");
  auto options = local_options();
  Site site(http_answer("hello"), good);
  const auto url = site.server.origin() + "/";

  const auto untrusted = error_of(Client(options), url);
  CHECK(untrusted.code() == ErrorCode::unavailable);
  CHECK(contains(untrusted.detail(), "not trusted"));

  options.ca_file = good.certificate.string();
  CHECK(Client(options).get(url).body == "hello");

  options.ca_file = other.certificate.string();
  Site foreign(http_answer("hello"), other);
  CHECK(contains(error_of(Client(options), foreign.server.origin()).detail(), "not trusted"));
}

TEST_CASE("certificates that cannot be read are a mistake in the configuration") {
  const support::TempFolder folder;
  Options options;
  options.ca_file = folder.write("empty.pem", "nothing").string();
  CHECK_THROWS_AS(Client(options), Error);
}

TEST_CASE("a server without TLS does not answer an https URL") {
  const ScriptedServer server(
      [](ScriptedConnection& connection) { connection.write(http_answer("hello")); });
  const auto url = "https://127.0.0.1:" + std::to_string(server.port());
  auto options = local_options();
  CHECK(contains(error_of(Client(options), url).detail(), "TLS"));
}

TEST_CASE("plain HTTP goes to this machine only, and only where that is allowed") {
  Site site(http_answer("hello"));
  CHECK(Client(local_options()).get(site.server.origin()).body == "hello");
  CHECK(error_of(Client(Options{}), site.server.origin()).code() == ErrorCode::invalid_argument);
  for (const auto* url :
       {"http://example.org/", "http://127.0.0.1.example.org/", "http://localhost.example.org/",
        "ftp://127.0.0.1/", "//127.0.0.1/", "http://user@127.0.0.1/", "http://u:secret@127.0.0.1/",
        "http://127.0.0.1/#a", "http://127.0.0.1/a b", "http://127.0.0.1/\r\nX: 1",
        "http://2130706433/", "http://[::1/", "http://127.0.0.1:0/", ""}) {
    INFO(url);
    const auto error = error_of(Client(local_options()), url);
    CHECK(error.code() == ErrorCode::invalid_argument);
    CHECK_FALSE(contains(error.what(), "secret"));
  }
  CHECK(site.server.connections() == 1);
}

TEST_CASE("a private address is refused before a connection is made") {
  const support::TempFolder folder;
  const auto certificate = support::make_certificate(folder.path(), "IP:127.0.0.1,DNS:localhost");
  Site site(http_answer("hello"), certificate);
  Options options;
  options.ca_file = certificate.certificate.string();
  options.deadline = std::chrono::minutes{5};
  const auto port = ":" + std::to_string(site.server.port());
  for (const auto* host : {"127.0.0.1", "localhost", "[::ffff:127.0.0.1]"}) {
    INFO(host);
    const auto error = error_of(Client(options), std::string("https://") + host + port);
    CHECK(error.code() == ErrorCode::unavailable);
    CHECK(contains(error.detail(), "not a public one"));
  }
  CHECK(site.server.connections() == 0);
  options.allow_private_addresses = true;
  options.connect_timeout = options.read_timeout = std::chrono::minutes{5};
  CHECK(Client(options).get("https://127.0.0.1" + port).body == "hello");
}

TEST_CASE("loopback is not allowed for a name that only resolves to it") {
  // The name of the URL decides, so a foreign name that leads here is refused.
  const auto error = error_of(Client(local_options()), "https://2130706433/");
  CHECK(error.code() == ErrorCode::unavailable);
  CHECK(contains(error.detail(), "not a public one"));
}

TEST_CASE("an error names the server, but neither the query nor the body") {
  Site site("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\ns3cret-body");
  const auto error = error_of(Client(local_options()), site.server.origin() + "/p?code=s3cret");
  CHECK(error.code() == ErrorCode::unavailable);
  CHECK(contains(error.what(), "127.0.0.1:" + std::to_string(site.server.port())));
  CHECK(contains(error.detail(), "/p"));
  CHECK_FALSE(contains(error.what() + error.detail(), "s3cret"));
}

TEST_CASE("a header cannot bring in another one") {
  const Client client(local_options());
  CHECK_THROWS_AS(client.get("http://127.0.0.1:1/", {{"A", "b\r\nC: d"}}), Error);
  CHECK_THROWS_AS(client.get("http://127.0.0.1:1/", {{"A\n", "b"}}), Error);
}

TEST_CASE("a port without a server, and a name without an address, are unavailable") {
  const Client client(local_options());
  int port = 0;
  {
    port = ScriptedServer([](ScriptedConnection&) {}).port();
  }
  CHECK(error_of(client, "http://127.0.0.1:" + std::to_string(port)).code() ==
        ErrorCode::unavailable);
  CHECK(error_of(client, "https://nowhere.invalid/").code() == ErrorCode::unavailable);
}
