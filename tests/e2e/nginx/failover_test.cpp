// One of two serves behind nginx is killed, or drained, under load.
#include "e2e/nginx/client_load.hpp"
#include "e2e/nginx/nginx_site.hpp"
#include "support/long_mode.hpp"

using namespace feedctl;
using namespace feedctl::nginx_test;

namespace {

void check_no_failure(const ClientLoad& load, const NginxSite& site) {
  for (const auto& failure : load.failures()) UNSCOPED_INFO(failure);
  INFO(site.log());
  CHECK(load.failures().empty());
}

struct LoadedSite : NginxSite {
  std::int64_t user = api::create_user(http(), "ada");
  std::int64_t post = api::create_post(http(), user, "the first");
};

}  // namespace

TEST_CASE("one of two serves is killed: no GET fails, and no write with a key") {
  if (!has_nginx()) return;
  LoadedSite site;
  ClientLoad load(site.port(), site.user, site.post,
                  {Mix::reads, Mix::reads, Mix::reads, Mix::reads, Mix::writes_with_key});
  for (int round = 0; round < support::rounds(2, 20); ++round) {
    load.wait_for_answers(200);
    site.serve(round % 2).kill();
    load.wait_for_answers(400);
    site.serve(round % 2).start();
  }
  load.stop();
  check_no_failure(load, site);
}

TEST_CASE("one of two serves is drained by SIGTERM: no request fails") {
  if (!has_nginx()) return;
  LoadedSite site;
  ClientLoad load(
      site.port(), site.user, site.post,
      {Mix::reads, Mix::reads, Mix::reads, Mix::writes_with_key, Mix::posts, Mix::changes});
  for (int round = 0; round < support::rounds(2, 20); ++round) {
    load.wait_for_answers(200);
    CHECK(site.serve(round % 2).stop() == 0);
    load.wait_for_answers(400);
    site.serve(round % 2).start();
  }
  load.stop();
  check_no_failure(load, site);
}

TEST_CASE("without any serve a request gets 503 as problem details, and the next serve is found") {
  if (!has_nginx()) return;
  LoadedSite site;
  site.serve(0).kill();
  site.serve(1).kill();
  for (const char* method : {"GET", "POST", "DELETE"}) {
    INFO(method);
    const auto answer = site.http().send(method, "/v1/posts/1/likes");
    CHECK(answer.status == 503);
    CHECK(answer.header("retry-after") == "1");
    CHECK(answer.header("content-type") == "application/problem+json");
    CHECK(api::integer_member(answer, "status") == 503);
  }
  site.serve(1).start();
  const auto read =
      site.http().send_until_available("GET", "/v1/posts/" + std::to_string(site.post));
  CHECK(read.status == 200);
}
