// Streams of tokens that are revoked while they are open.
#include <atomic>

#include "feed_stream/routes.hpp"
#include "sse_hub_fixture.hpp"
#include "support/in_process.hpp"

using namespace feedctl;
using namespace feedctl::test;

TEST_CASE("a stream ends once its token is revoked, and others go on") {
  std::atomic<bool> is_revoked{false};
  SseHubFixture pages;
  pages.signer.set_key(Secret<std::string>("a key"));
  std::shared_ptr<http::EventStream> revoked, kept, without_token;
  REQUIRE(eventually([&] {
    return (revoked = pages.open(1, nullptr, [&] { return is_revoked.load(); })) != nullptr;
  }));
  REQUIRE(
      eventually([&] { return (kept = pages.open(1, nullptr, [] { return false; })) != nullptr; }));
  REQUIRE(eventually([&] { return (without_token = pages.open(2)) != nullptr; }));
  CHECK_FALSE(revoked->is_over());
  is_revoked = true;
  CHECK(eventually([&] { return revoked->is_over(); }));
  CHECK_FALSE(kept->is_over());
  CHECK_FALSE(without_token->is_over());
}

TEST_CASE("the stream of a session ends with the session, on a server that learns of it") {
  SseHubFixture pages;
  pages.signer.set_key(Secret<std::string>("a key"));
  store::Options owner_options;
  owner_options.url = pages.fresh.owner_url();
  store::Database owner(owner_options);
  auth::ensure_signing_key(owner);
  auth::Auth auth({}, pages.database);
  http::Router router;
  feed_stream::add_stream_route(router, &pages.streams, auth);
  const support::InProcessClient client(router, auth);

  const std::string ended = "01234567-89ab-cdef-0123-456789abcdef";
  const std::string open = "01234567-89ab-cdef-0123-456789abcde0";
  const auto stream_of = [&](const std::string& session) {
    const auto token = auth.issue({1, {auth::Scope::read}, session, 600s});
    http::Response response;
    REQUIRE(eventually([&] {
      response = client.get("/v1/feed/stream", {{"authorization", "Bearer " + token}});
      return response.status == 200;
    }));
    return response.stream;
  };
  const auto ending = stream_of(ended), staying = stream_of(open);
  REQUIRE(ending);
  REQUIRE(staying);
  auth::revoke_session(pages.database, ended, now() + 1h);
  auth.refresh();
  CHECK(eventually([&] { return ending->is_over(); }));
  CHECK_FALSE(staying->is_over());
}
