#include "media_fixture.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

struct PresignedFixture {
  PresignedFixture() { world.store.has_links = true; }

  Response create(const std::string& body, Headers headers) const {
    return world.server.post("/v1/media/uploads", body, headers);
  }
  std::string image_request() const {
    return R"({"kind":"post_image","post_id":)" + std::to_string(post) +
           R"(,"content_type":"image/png"})";
  }
  Response show(const std::string& id, Id actor) const {
    return world.server.get("/v1/media/uploads/" + id, world.as(actor));
  }
  Response complete(const std::string& id, Id actor) const {
    return world.server.post("/v1/media/uploads/" + id + "/complete", "", world.as(actor));
  }
  // The id of a new upload.
  std::string begin() const {
    const auto made = create(image_request(), world.as(user));
    INFO(made.body);
    REQUIRE(made.status == 201);
    return std::to_string(support::integer_in(made, "id"));
  }

  MediaFixture world;
  Id user = world.add_user("ann");
  Id other = world.add_user("ben");
  Id post = world.add_post(user);
};

}  // namespace

TEST_CASE("a form names one object of quarantine, its type and its greatest size") {
  if (!images::ImageProcessor::is_available()) return;
  PresignedFixture uploads;
  const auto made = uploads.create(uploads.image_request(), uploads.world.as(uploads.user));
  CHECK(made.status == 201);
  const auto id = std::to_string(support::integer_in(made, "id"));
  const auto max = std::to_string(MediaFixture::max_bytes - 1);
  const auto body = json::parse(made.body);
  CHECK(support::text_in(body, "url") == "https://store.test/bucket");
  CHECK(support::text_in(*body.find("fields"), "key") == "quarantine/" + id);
  CHECK(support::text_in(*body.find("fields"), "Content-Type") == "image/png");
  CHECK(support::text_in(*body.find("fields"), "max") == max);
  CHECK(std::to_string(support::integer_in(body, "max_bytes")) == max);
  CHECK(parse_rfc3339(support::text_in(body, "expires_at")) > now());
  CHECK(header(made, "Location") == "/v1/media/uploads/" + id);
  CHECK(header(made, "Cache-Control") == "no-store");
  CHECK(uploads.world.count("media_uploads WHERE state = 1") == 1);
}

TEST_CASE("each way to send an image counts for the rate of uploads") {
  PresignedFixture uploads;
  for (const auto* path : {"/v1/media/uploads", "/v1/posts/1/image", "/v1/users/1/avatar"}) {
    INFO(path);
    const auto match = uploads.world.router.match(http::Method::post, path);
    REQUIRE(match.route != nullptr);
    CHECK(match.route->rate_class == http::RateClass::upload);
  }
}

TEST_CASE("an upload waits, is processed once, and then says what came of it") {
  if (!images::ImageProcessor::is_available()) return;
  PresignedFixture uploads;
  auto& world = uploads.world;
  const auto id = uploads.begin();
  CHECK(uploads.show(id, uploads.user).body ==
        R"({"id":)" + id + R"(,"state":"waiting","problem":null,"image":null})");
  const auto completed = uploads.complete(id, uploads.user);
  CHECK(completed.status == 202);
  CHECK(support::text_in(completed, "state") == "processing");
  CHECK(uploads.complete(id, uploads.user).status == 202);
  CHECK(world.jobs() == "media.complete_upload " + id);
  world.sql("UPDATE media_uploads SET state = 4, problem = 'truncated'");
  CHECK(uploads.show(id, uploads.user).body ==
        R"({"id":)" + id + R"(,"state":"refused","problem":"truncated","image":null})");
  const auto media = std::to_string(world.media_of(world.upload(
      MediaFixture::image_path(uploads.post), png_image(4, 4), world.as(uploads.user))));
  world.sql("UPDATE media_uploads SET state = 3, problem = NULL, media_id = " + media + "");
  const auto done = uploads.show(id, uploads.user);
  CHECK(support::text_in(done, "state") == "done");
  CHECK(done.body.find(R"("image":{"id":)" + media) != std::string::npos);
}

TEST_CASE("an upload is its owner's alone") {
  if (!images::ImageProcessor::is_available()) return;
  PresignedFixture uploads;
  const auto id = uploads.begin();
  CHECK(uploads.show(id, uploads.other).status == 404);
  CHECK(uploads.complete(id, uploads.other).status == 404);
  CHECK(uploads.world.server.get("/v1/media/uploads/" + id).status == 404);
  CHECK(uploads.show("4711", uploads.user).status == 404);
  CHECK(uploads.complete("4711", uploads.user).status == 404);
  CHECK(uploads.world.count("jobs") == 0);
}

TEST_CASE("a form for what is another's or not there is refused, and so is another type") {
  if (!images::ImageProcessor::is_available()) return;
  PresignedFixture uploads;
  auto& world = uploads.world;
  const auto as_user = world.as(uploads.user);
  CHECK(uploads.create(uploads.image_request(), world.as(uploads.other)).status == 403);
  struct Row {
    const char* body;
    int status;
  };
  const Row rows[] = {
      {R"({"kind":"post_image","post_id":4711,"content_type":"image/png"})", 404},
      {R"({"kind":"post_image","content_type":"image/png"})", 400},
      {R"({"kind":"video","content_type":"image/png"})", 400},
      {R"({"content_type":"image/png"})", 400},
      {R"({"kind":"avatar"})", 400},
      {R"({"kind":"avatar","content_type":"image/gif"})", 415},
      {R"({"kind":"avatar","content_type":"image/jpeg"})", 201},
  };
  for (const auto& row : rows) {
    INFO(row.body);
    CHECK(uploads.create(row.body, as_user).status == row.status);
  }
  CHECK(uploads.create(R"({"kind":"avatar","content_type":"image/jpeg"})", {}).status == 400);
  CHECK(world.sql("SELECT kind || ' ' || (subject_id = owner_id) FROM media_uploads") == "2 true");
}

TEST_CASE("a directory has no forms: the answer says what to do instead") {
  if (!images::ImageProcessor::is_available()) return;
  PresignedFixture uploads;
  uploads.world.store.has_links = false;
  const auto refused = uploads.create(uploads.image_request(), uploads.world.as(uploads.user));
  CHECK(refused.status == 409);
  CHECK(error_in(refused).find("POST /v1/posts/{id}/image") != std::string::npos);
  CHECK(uploads.world.count("media_uploads") == 0);
}

TEST_CASE("a replayed request gets a form for the same upload, until that is gone") {
  if (!images::ImageProcessor::is_available()) return;
  PresignedFixture uploads;
  auto& world = uploads.world;
  auto headers = world.as(uploads.user);
  headers.emplace_back("idempotency-key", "k");
  const auto first = uploads.create(uploads.image_request(), headers);
  const auto again = uploads.create(uploads.image_request(), headers);
  CHECK(again.status == 201);
  CHECK(header(again, "Idempotency-Replayed") == "true");
  CHECK(support::integer_in(again, "id") == support::integer_in(first, "id"));
  CHECK(world.count("media_uploads") == 1);
  world.sql("DELETE FROM media_uploads");
  CHECK(uploads.create(uploads.image_request(), headers).body.find(R"("deleted":true)") !=
        std::string::npos);
}

TEST_CASE("of one user so many uploads may be open, and those that are over do not count") {
  if (!images::ImageProcessor::is_available()) return;
  PresignedFixture uploads;
  auto& world = uploads.world;
  const auto create = [&](Id user) {
    return uploads.create(R"({"kind":"avatar","content_type":"image/png"})", world.as(user));
  };
  for (int i = 0; i < 20; ++i) CHECK(create(uploads.user).status == 201);
  const auto refused = create(uploads.user);
  CHECK(refused.status == 429);
  CHECK_FALSE(header(refused, "Retry-After").empty());
  CHECK(world.count("media_uploads") == 20);
  CHECK(create(uploads.other).status == 201);
  const auto own = "owner_id = " + std::to_string(uploads.user);
  world.sql("UPDATE media_uploads SET state = 2 WHERE " + own + " RETURNING 1");
  CHECK(create(uploads.user).status == 429);
  world.sql(
      "UPDATE media_uploads SET state = 4 WHERE id = (SELECT min(id) FROM media_uploads WHERE " +
      own + ") RETURNING 1");
  CHECK(create(uploads.user).status == 201);
}

TEST_CASE("no link leads to a quarantined object") {
  PresignedFixture uploads;
  auto& world = uploads.world;
  world.store.has_links = false;
  world.store.add("quarantine/12", "bytes");
  for (const auto* path : {"/v1/media/12", "/v1/media/quarantine/12", "/v1/media/12/320"})
    CHECK(world.server.get(path).status == 404);
}
