// What nginx passes on, and how: connections, streams, addresses, bodies, idle clients.
#include <sys/resource.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <sstream>

#include "e2e/nginx/nginx_site.hpp"
#include "support/eventually.hpp"
#include "support/long_mode.hpp"
#include "support/raw_client.hpp"

using namespace feedctl;
using namespace feedctl::nginx_test;
using test::RawClient;

namespace {

std::string as_user(std::int64_t user) {
  return "X-User-Id: " + std::to_string(user) + "\r\n";
}

// Connections to or from a port of this machine, those closed within the last minute, too.
int count_connections(int port) {
  std::ostringstream wanted;
  wanted << ":" << std::uppercase << std::hex << std::setw(4) << std::setfill('0') << port << " ";
  std::ifstream table("/proc/net/tcp");
  int count = 0;
  for (std::string line; std::getline(table, line);)
    count += line.find(wanted.str()) == std::string::npos ? 0 : 1;
  return count;
}

// The status that a client at that address gets for a user who is not there.
std::string status_from(const std::string& address, int port,
                        const std::vector<std::string>& more = {}) {
  std::vector<std::string> command{"curl",         "-s",         "-o", "/dev/null",   "-w",
                                   "%{http_code}", "--max-time", "60", "--interface", address};
  command.insert(command.end(), more.begin(), more.end());
  command.push_back("http://127.0.0.1:" + std::to_string(port) + "/v1/users?handle=nobody");
  return support::run(command).out;
}

// A JPEG of that many bytes: comments, which decoders pass over, stand behind its first marker.
std::string large_jpeg(std::size_t size) {
  auto photo = support::read_file(std::filesystem::path(std::getenv("FEEDCTL_SOURCE")) /
                                  "fixtures/photo.jpg");
  std::string comments;
  while (photo.size() + comments.size() < size) {
    const auto length = std::min<std::size_t>(65'000, size - photo.size() - comments.size());
    comments += "\xff\xfe";
    comments += static_cast<char>((length + 2) >> 8);
    comments += static_cast<char>((length + 2) & 0xff);
    comments += std::string(length, 'x');
  }
  return photo.insert(2, comments);
}

// Among the next events and heartbeats, which come each 15 s.
bool has_event_of(RawClient& stream, std::int64_t post) {
  for (int i = 0; i < 10; ++i) {
    const auto event = stream.read_until("\n\n");
    if (event.empty()) return false;
    if (event.find(std::to_string(post)) != std::string::npos) return true;
  }
  return false;
}

void raise_file_limit() {
  rlimit files{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &files) == 0);
  files.rlim_cur = files.rlim_max;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &files) == 0);
}

}  // namespace

TEST_CASE("many clients share few connections to the servers") {
  if (!has_nginx()) return;
  NginxSite site;
  for (int i = 0; i < 400; ++i) {
    RawClient client(site.port());
    client.send("GET /v1/feed/hot HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
    const auto answer = client.read_response();
    REQUIRE(answer);
    CHECK(answer->status == 200);
  }
  // Two entries a connection. A handful are the test's own, of its start.
  CHECK(count_connections(site.serve(0).port()) + count_connections(site.serve(1).port()) < 60);
}

TEST_CASE("an event of a stream arrives while the stream stays open") {
  if (!has_nginx()) return;
  NginxSite site;
  const auto http = site.http();
  const auto reader = api::create_user(http, "reader");
  const auto author = api::create_user(http, "author");
  REQUIRE(http.post("/v1/users/" + std::to_string(author) + "/follow", "{}",
                    {{"X-User-Id", std::to_string(reader)}})
              .status == 200);
  for (const char* path : {"/v1/feed/stream", "/feed/stream/"}) {
    INFO(path);
    RawClient stream(site.port());
    stream.send("GET " + std::string(path) + " HTTP/1.1\r\nHost: t\r\n" + as_user(reader) + "\r\n");
    CHECK(stream.read_until("\r\n\r\n").find("text/event-stream") != std::string::npos);
    const auto post = api::create_post(http, author, "news");
    CHECK(has_event_of(stream, post));
  }
}

TEST_CASE("rate limits count each client by its own address, which it cannot choose") {
  if (!has_nginx()) return;
  NginxSite site({{"rate_limit.enabled", "true"},
                  {"rate_limit.exempt_addresses", ""},
                  {"rate_limit.address.read", "3/1d burst 3"}});
  const auto of_first = [&](const std::string& claim) {
    return status_from("127.0.0.2", site.port(), {"-H", "X-Forwarded-For: " + claim});
  };
  for (const char* claim : {"192.0.2.1", "192.0.2.2", "127.0.0.1"}) CHECK(of_first(claim) == "404");
  CHECK(of_first("192.0.2.3") == "429");
  CHECK(status_from("127.0.0.3", site.port()) == "404");
}

TEST_CASE("a body of 5 MB is passed on, and a larger one is refused as problem details") {
  if (!has_nginx()) return;
  const support::TempFolder media;
  NginxSite site({{"media.directory", media.path().string()}});
  const auto http = site.http();
  const auto user = api::create_user(http, "ada");
  const auto post = api::create_post(http, user, "with an image");
  const auto path = "/v1/posts/" + std::to_string(post) + "/image";
  const auto upload = [&](std::size_t size) {
    const auto body =
        "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.jpg\"\r\n\r\n" +
        large_jpeg(size) + "\r\n--b--\r\n";
    return http.post(
        path, body,
        {{"Content-Type", "multipart/form-data; boundary=b"}, {"X-User-Id", std::to_string(user)}});
  };
  const auto accepted = upload(5'000'000);
  INFO(accepted.body);
  CHECK(accepted.status / 100 == 2);
  const auto by_feedctl = upload(6'000'000);
  CHECK(by_feedctl.status == 413);
  CHECK(by_feedctl.header("content-type").rfind("application/problem+json", 0) == 0);
  const auto by_nginx = upload(9'000'000);
  CHECK(by_nginx.status == 413);
  CHECK(by_nginx.header("content-type") == "application/problem+json");
}

TEST_CASE("the console is passed on, the metrics of one process are not") {
  if (!has_nginx()) return;
  NginxSite site;
  const auto page = site.http().get("/admin/", {{"Accept-Encoding", "gzip"}});
  CHECK(page.status == 200);
  CHECK(page.header("content-encoding") == "gzip");
  RawClient browser(site.port());
  const auto same = browser.get("/admin/", "If-None-Match: " + page.header("etag") + "\r\n");
  REQUIRE(same);
  CHECK(same->status == 304);
  CHECK(site.http().get("/metrics").status == 404);
}

TEST_CASE("a thousand idle clients, in long mode ten thousand, cost the servers nothing") {
  if (!has_nginx()) return;
  raise_file_limit();
  rlimit files{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &files) == 0);
  const auto room = static_cast<int>(std::min<rlim_t>(files.rlim_cur, 1'000'000)) - 500;
  const int wanted = support::rounds(1'000, 10'000);
  const int count = std::min(wanted, room);
  if (count < wanted) WARN("only " << count << " idle clients: more open files are not allowed");
  NginxSite site;
  std::vector<RawClient> clients;
  clients.reserve(static_cast<std::size_t>(count));
  const auto ask = [](RawClient& client) {
    const auto answer = client.get("/health/live");
    return answer && answer->status == 200;
  };
  for (int i = 0; i < count; ++i) {
    clients.emplace_back(site.port());
    REQUIRE(ask(clients.back()));
    clients.back().free_buffer();
  }
  const auto page = site.status_page();
  INFO(page);
  CHECK(std::stoi(page.substr(page.find(':') + 1)) >= count);
  CHECK(metric(site.serve(0), "feedctl_http_connections") +
            metric(site.serve(1), "feedctl_http_connections") <
        200);
  // Each of them is still served.
  int answered = 0;
  for (auto& client : clients) answered += ask(client) ? 1 : 0;
  CHECK(answered == count);
}
