// Servers that send too much, too slowly, or no HTTP.
#include "base/error.hpp"
#include "http_client/client.hpp"
#include "support/catch.hpp"
#include "support/scripted_server.hpp"

using namespace feedctl;
using namespace feedctl::http_client;
using support::ScriptedConnection;
using support::ScriptedServer;

namespace {

constexpr std::size_t max_body = 64 * 1024;

Options patient_options() {
  Options options;
  options.allow_loopback_http = true;
  options.max_body = max_body;
  options.connect_timeout = options.read_timeout = options.deadline = std::chrono::minutes{5};
  return options;
}

// The detail of the error that a call to such a server ends with.
std::string failure_at(const ScriptedServer::Handler& answer, Options options) {
  const ScriptedServer server([&](ScriptedConnection& connection) {
    if (connection.read_request()) answer(connection);
  });
  try {
    Client(std::move(options)).get(server.origin());
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::unavailable);
    return error.detail();
  }
  return "there was no error";
}

std::string failure_of_answer(const std::string& answer) {
  return failure_at([&](ScriptedConnection& connection) { connection.write(answer); },
                    patient_options());
}

bool contains(const std::string& text, const std::string& part) {
  INFO(text);
  const bool found = text.find(part) != std::string::npos;
  CHECK(found);
  return found;
}

}  // namespace

TEST_CASE("a body of the largest size is read, and one byte more is refused") {
  for (const std::size_t more : {0, 1}) {
    const std::string body(max_body + more, 'x');
    const ScriptedServer server([&](ScriptedConnection& connection) {
      connection.read_request();
      connection.write(support::http_answer(body));
    });
    const Client client(patient_options());
    if (more == 0)
      CHECK(client.get(server.origin()).body == body);
    else
      CHECK_THROWS_AS(client.get(server.origin()), Error);
  }
}

TEST_CASE("an endless body is cut at the limit, in each form of HTTP") {
  const std::string block(4096, 'x');
  const std::string head = "HTTP/1.1 200 OK\r\n";
  struct Form {
    std::string head, block;
  };
  for (const auto& form :
       {Form{head + "\r\n", block},
        Form{head + "Transfer-Encoding: chunked\r\n\r\n", "1000\r\n" + block + "\r\n"},
        Form{head + "Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"},
        Form{head + "Content-Length: 99999999999\r\n\r\n", block},
        Form{head + "Content-Length: 18446744073709551616\r\n\r\n", block}}) {
    const auto failure = failure_at(
        [&](ScriptedConnection& connection) {
          connection.write(form.head);
          connection.write_endlessly(form.block);
        },
        patient_options());
    INFO(form.head);
    CHECK(failure != "there was no error");
  }
}

TEST_CASE("a head without an end is cut, wherever it grows") {
  struct Form {
    std::string begin, again;
  };
  for (const auto& form :
       {Form{"", "x"}, Form{"HTTP/1.1 200 ", "O"}, Form{"HTTP/1.1 200 OK\r\n", "A: b\r\n"},
        Form{"HTTP/1.1 200 OK\r\nA: ", "bbbbbbbb"}, Form{"", "HTTP/1.1 100 Continue\r\n\r\n"},
        Form{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 ", "OOOOOOOO"}}) {
    INFO(form.begin << "|" << form.again);
    contains(failure_at(
                 [&](ScriptedConnection& connection) {
                   connection.write(form.begin);
                   connection.write_endlessly(form.again);
                 },
                 patient_options()),
             "head of the answer is too large");
  }
}

TEST_CASE("a first line just below the limit is read") {
  const ScriptedServer server([](ScriptedConnection& connection) {
    connection.read_request();
    connection.write("HTTP/1.1 200 " + std::string(1000, 'O') + "\r\n\r\nabc");
  });
  CHECK(Client(patient_options()).get(server.origin()).body == "abc");
}

TEST_CASE("a server that drips, or is silent, is left at the deadline") {
  auto options = patient_options();
  options.deadline = std::chrono::milliseconds{300};
  const auto drip = [](ScriptedConnection& connection, std::string_view begin) {
    connection.write(begin);
    while (connection.write("x")) std::this_thread::sleep_for(std::chrono::milliseconds{20});
  };
  contains(failure_at([&](ScriptedConnection& c) { drip(c, ""); }, options), "in time");
  contains(failure_at([&](ScriptedConnection& c) { drip(c, "HTTP/1.1 200 OK\r\n\r\n"); }, options),
           "in time");
  // Silent until the client has gone.
  contains(failure_at([](ScriptedConnection& c) { c.read_request(); }, options), "in time");
  options.deadline = std::chrono::minutes{5};
  options.read_timeout = std::chrono::milliseconds{100};
  contains(failure_at([](ScriptedConnection& c) { c.read_request(); }, options), "in time");
}

TEST_CASE("a TLS handshake that does not go on ends at the deadline") {
  const ScriptedServer server([](ScriptedConnection& connection) { connection.read_request(); });
  auto options = patient_options();
  options.deadline = std::chrono::milliseconds{300};
  const auto url = "https://127.0.0.1:" + std::to_string(server.port());
  CHECK_THROWS_AS(Client(options).get(url), Error);
}

TEST_CASE("an answer that ends early is no answer") {
  for (const auto* answer :
       {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"}) {
    INFO(answer);
    CHECK(failure_of_answer(answer) != "there was no error");
  }
}

TEST_CASE("what is no HTTP is no answer") {
  for (const auto* answer : {"hello\r\n\r\n", "SSH-2.0-OpenSSH_9\r\n", "HTTP/9.9 200 OK\r\n\r\n",
                             "HTTP/1.1 abc OK\r\n\r\n", "\r\n\r\n"}) {
    INFO(answer);
    CHECK(failure_of_answer(answer) != "there was no error");
  }
}

TEST_CASE("a compressed answer is refused: it was not asked for, and may be a bomb") {
  contains(failure_of_answer(support::http_answer("x", "application/json", "200 OK",
                                                  "Content-Encoding: gzip\r\n")),
           "compressed");
}
