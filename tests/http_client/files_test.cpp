// Bodies from files and answers into files, deadlines of single calls, and http in private
// networks.

#include <unistd.h>

#include <mutex>

#include "base/error.hpp"
#include "base/unique_fd.hpp"
#include "http_client/address_policy.hpp"
#include "http_client/client.hpp"
#include "http_client/failure.hpp"
#include "support/catch.hpp"
#include "support/memory_file.hpp"
#include "support/scripted_server.hpp"

using namespace feedctl;
using namespace feedctl::http_client;
using support::http_answer;
using support::ScriptedConnection;
using support::ScriptedRequest;
using support::ScriptedServer;

namespace {

Options patient_options() {
  Options options;
  options.allow_loopback_http = true;
  options.connect_timeout = options.read_timeout = options.deadline = std::chrono::minutes{5};
  return options;
}

std::string make_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>((i * 7919) >> 4 & 0xff);
  return bytes;
}

// A server that gives one answer to everything and keeps the last request.
class Site {
 public:
  explicit Site(std::string answer)
      : answer_(std::move(answer)), server_([this](ScriptedConnection& connection) {
          const auto request = connection.read_request();
          if (!request) return;
          {
            const std::lock_guard lock(mutex_);
            last_ = *request;
          }
          connection.write(answer_);
        }) {}

  std::string url() const { return server_.origin() + "/file"; }
  ScriptedRequest last() const {
    const std::lock_guard lock(mutex_);
    return last_;
  }

 private:
  const std::string answer_;
  mutable std::mutex mutex_;
  ScriptedRequest last_;
  ScriptedServer server_;
};

std::string detail_of(const Client& client, const Request& request) {
  try {
    client.send(request);
  } catch (const Error& error) {
    return error.detail().empty() ? error.what() : error.detail();
  }
  return "there was no error";
}

}  // namespace

TEST_CASE("a part of a file is sent as the body") {
  const Site site(http_answer("ok"));
  const auto bytes = make_bytes(500'000);
  const auto file = support::memory_file(bytes);
  Request request{.method = "PUT", .url = site.url()};
  request.body_file = FileSlice{file.get(), 1000, 400'000};
  CHECK(Client(patient_options()).send(request).body == "ok");
  CHECK(site.last().method == "PUT");
  CHECK(site.last().headers.at("content-length") == "400000");
  CHECK(site.last().body == bytes.substr(1000, 400'000));

  request.body_file = FileSlice{file.get(), 0, 0};
  CHECK(Client(patient_options()).send(request).body == "ok");
  CHECK(site.last().headers.at("content-length") == "0");
}

TEST_CASE("a file that is shorter than its slice ends the call") {
  const Site site(http_answer("ok"));
  const auto file = support::memory_file("short");
  Request request{.method = "PUT", .url = site.url()};
  request.body_file = FileSlice{file.get(), 0, 100};
  CHECK(detail_of(Client(patient_options()), request) != "there was no error");
}

TEST_CASE("a refusal of a body that was not read counts, and a success does not") {
  constexpr std::size_t size = 64 << 20;  // more than the buffers of sockets take
  const auto file = support::memory_file();
  REQUIRE(::ftruncate(file.get(), size) == 0);
  for (const std::string status : {"403 Forbidden", "200 OK"}) {
    const ScriptedServer server([&](ScriptedConnection& connection) {
      connection.write(http_answer("an answer", "text/plain", status));
    });
    Request request{.method = "PUT", .url = server.origin()};
    request.body_file = FileSlice{file.get(), 0, size};
    if (status == "200 OK")
      CHECK_THROWS_AS(Client(patient_options()).send(request), Error);
    else
      CHECK(Client(patient_options()).send(request).body == "an answer");
  }
}

TEST_CASE("a successful answer goes into the file, and any other one into the body") {
  const auto bytes = make_bytes(300'000);
  const auto file = support::memory_file();
  const Site good(http_answer(bytes));
  Request request{.url = good.url()};
  request.save_to = file.get();
  const auto saved = Client(patient_options()).send(request);
  CHECK(saved.body.empty());
  CHECK(saved.saved_size == bytes.size());
  CHECK(support::read_all({file.get(), 0, bytes.size()}) == bytes);

  const Site bad(http_answer("why not", "text/plain", "403 Forbidden"));
  request.url = bad.url();
  const auto refused = Client(patient_options()).send(request);
  CHECK(refused.body == "why not");
  CHECK(refused.saved_size == 0);
  CHECK(support::read_all({file.get(), 0, bytes.size()}) == bytes);
}

TEST_CASE("a request may have another limit of its answer than the client") {
  const Site site(http_answer(std::string(2000, 'x')));
  auto options = patient_options();
  options.max_body = 1000;
  const Client client(options);
  Request request{.url = site.url()};
  CHECK(detail_of(client, request).find("too large") != std::string::npos);
  request.max_body = 2000;
  CHECK(client.send(request).body.size() == 2000);
  request.max_body = 1999;
  CHECK(detail_of(client, request).find("too large") != std::string::npos);
}

TEST_CASE("HEAD is answered with the size of a body that does not come") {
  const Site site("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\nConnection: close\r\n\r\n");
  const auto response = Client(patient_options()).send({.method = "HEAD", .url = site.url()});
  CHECK(response.status == 200);
  CHECK(response.header("content-length") == "99999999999");
}

TEST_CASE("a call ends at its own deadline") {
  const ScriptedServer server([](ScriptedConnection& connection) {
    connection.read_request();
    connection.read_request();  // until the client goes
  });
  Request request{.url = server.origin()};
  request.deadline = Deadline::after(std::chrono::milliseconds{300});
  CHECK(detail_of(Client(patient_options()), request).find("no answer in time") !=
        std::string::npos);
}

TEST_CASE("http is for private networks only, where it is allowed there") {
  auto options = patient_options();
  options.allow_loopback_http = false;
  const Site site(http_answer("ok"));
  CHECK(detail_of(Client(options), {.url = site.url()}).find("https://") != std::string::npos);
  options.allow_private_http = options.allow_private_addresses = true;
  const Client client(options);
  CHECK(client.get(site.url()).body == "ok");
  CHECK(detail_of(client, {.url = "http://93.184.215.14/"}).find(std::string(public_http)) !=
        std::string::npos);
  CHECK(detail_of(client, {.url = "http://169.254.169.254/"}).find(std::string(private_address)) !=
        std::string::npos);
}

TEST_CASE("addresses of private networks and of this machine are local") {
  const auto is_local = [](const char* text) {
    return is_local_address(IpAddress::parse(text).value());
  };
  for (const auto* text : {"127.0.0.1", "::1", "10.1.2.3", "172.16.0.1", "192.168.1.1",
                           "100.64.0.1", "fd00::1", "64:ff9b::a00:1"})
    CHECK(is_local(text));
  for (const auto* text :
       {"8.8.8.8", "172.32.0.1", "2606:4700::1", "64:ff9b::808:808", "169.254.1.1"})
    CHECK_FALSE(is_local(text));
}
