// Uploads: requests with a body of another type than JSON for a route with Route::max_body.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "http_server/toy_server.hpp"
#include "metrics/metrics.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"

using namespace feedctl;
using namespace feedctl::test;
using namespace std::chrono_literals;

namespace {

const std::string form_type = "Content-Type: multipart/form-data; boundary=b\r\n";
const std::string json_type = "Content-Type: application/json\r\n";

std::string post(const std::string& fields) {
  return "POST /large-body HTTP/1.1\r\nHost: t\r\n" + fields + "Content-Length: 2\r\n\r\n{}";
}

RawResponse send(ToyServer& server, const std::string& request) {
  const auto response = server.client().send(request).read_response();
  REQUIRE(response);
  CHECK(response->status == 201);
  return *response;
}

}  // namespace

TEST_CASE("an upload has its own time, and JSON for the same route that of other requests") {
  ToyServer server([](http::ServerOptions& options) {
    options.handler_timeout = 10min;
    options.upload_timeout = 100min;
  });
  const auto minutes = [&](const std::string& fields) {
    return std::stoi(send(server, post(fields)).header("x-minutes"));
  };
  CHECK(minutes(form_type) > 50);
  CHECK(minutes("Content-Type: image/png\r\n") > 50);
  CHECK(minutes(json_type) <= 10);
  CHECK(minutes("") <= 10);  // read as JSON
}

TEST_CASE("uploads wait for the threads of their class, and JSON for the same route does not") {
  ToyServer server([](http::ServerOptions& options) {
    options.limits.max_upload_threads = 1;
    options.limits.max_queue_wait = options.limits.queue_wait_interval = 10min;
  });
  auto first = server.client(), second = server.client();
  first.send(post(form_type + "X-Wait: 1\r\n"));
  server.gate.wait_for_arrivals(1);
  second.send(post(form_type));
  CHECK(second.is_silent(200ms));
  send(server, post(json_type));
  CHECK(server.get("/hello").status == 200);
  server.gate.open();
  for (auto* client : {&first, &second}) {
    const auto response = client->read_response();
    REQUIRE(response);
    CHECK(response->status == 201);
  }
}

TEST_CASE("an upload that is refused under load counts in its class") {
  ToyServer server([](http::ServerOptions& options) {
    options.limits.max_upload_threads = 1;
    options.limits.max_queued = 8;  // of these two for uploads
    options.limits.max_queue_wait = 10min;
  });
  const auto shed = [] {
    const metrics::Labels labels{{"class", "upload"}, {"reason", "full"}};
    return metrics::counter("feedctl_http_shed_total", "", labels).value();
  };
  const auto before = shed();
  std::vector<RawClient> clients;
  for (int i = 0; i < 12; ++i) {
    clients.push_back(server.client());
    clients.back().send(post(form_type + "X-Wait: 1\r\n"));
  }
  CHECK(support::eventually([&] { return shed() > before; }));
  send(server, post(json_type));
}

TEST_CASE("the threads of uploads have a lower priority than those of other requests") {
  const auto nice_threads = [] {
    int found = 0;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
      std::ifstream in(task.path() / "stat");
      std::string fields((std::istreambuf_iterator<char>(in)), {});
      std::istringstream rest(fields.substr(fields.rfind(')') + 1));
      std::string field;
      for (int i = 0; i < 17; ++i) rest >> field;  // nice is the 19th field of all
      if (field == "10") ++found;
    }
    return found;
  };
  ToyServer server([](http::ServerOptions& options) {
    options.handler_threads = 8;
    options.limits.max_upload_threads = 3;
  });
  CHECK(support::eventually([&] { return nice_threads() == 3; }));
  send(server, post(json_type));
}
