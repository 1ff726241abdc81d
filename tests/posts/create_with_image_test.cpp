// A post and its image in one transaction, with a stage that stores no bytes; and multipart forms.
#include "base/error.hpp"
#include "media/media_service.hpp"
#include "support/app/app.hpp"
#include "support/catch.hpp"
#include "support/error_code.hpp"
#include "support/stored_images.hpp"
#include "support/suspension.hpp"

using namespace feedctl;
using test::App;
using test::Headers;

namespace {

// An app with an author, and a stage that counts its calls.
struct Writing {
  App app;
  Id author = app.add_user();
  std::vector<Id> staged;  // the posts
  std::function<void()> while_staging = [] {};

  posts::Posts::StageImage stage() {
    return [this](Id post, Deadline deadline) {
      staged.push_back(post);
      CHECK(deadline.remaining() <= std::chrono::seconds{5});
      while_staging();
      const auto id = post + static_cast<Id>(staged.size());
      return media::StagedImage{
          id, "posts/" + std::to_string(post) + "/a.jpg", "image/jpeg", 1000, 1600, 1200};
    };
  }
  posts::Posts::Creation create(const std::string& text, commands::Command& command) {
    return app.posts.create_with_image(author, text, stage(), command);
  }
  posts::Posts::Creation create(const std::string& text) {
    commands::Command command;
    return create(text, command);
  }
  commands::Command keyed(const std::string& fingerprint = "\\x02") const {
    return {commands::IdempotencyKey{author, "\\x01", fingerprint}, {}, false};
  }
  // Of what a creation writes.
  std::string counts() const {
    std::string out;
    for (const auto* table : {"posts", "post_likes", "media", "jobs", "events", "idempotency_keys"})
      out += std::to_string(app.count(table)) + ' ';
    return out;
  }
};

constexpr const char* nothing = "0 0 0 0 0 0 ";

const std::string boundary = "----form";

std::string field(const std::string& name, const std::string& value) {
  return "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" +
         value + "\r\n";
}

std::string image_field() {
  return "--" + boundary +
         "\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.jpg\"\r\n"
         "Content-Type: image/jpeg\r\n\r\nno image\r\n";
}

test::Reply send_form(App& app, const std::string& fields) {
  return app.post("/v1/feed/posts/", fields + "--" + boundary + "--\r\n",
                  {{"content-type", "multipart/form-data; boundary=" + boundary}});
}

}  // namespace

TEST_CASE("a post and its image are written together, with both events and the job, and shown") {
  Writing writing;
  const auto avatar = support::set_avatar(writing.app.fresh, writing.author);
  const auto made = writing.create("");
  REQUIRE(made.post.has_value());
  const auto& post = *made.post;
  const auto id = std::to_string(post.id), author = std::to_string(writing.author);
  CHECK(writing.staged == std::vector<Id>{post.id});
  CHECK(post.text.empty());
  CHECK(post.author.value().avatar == avatar);
  REQUIRE(post.image.has_value());
  CHECK(post.image->id == post.id + 1);
  CHECK(post.image->state == media::State::processing);
  CHECK(post.image->width == 1600);
  CHECK(post.image->height == 1200);
  CHECK(post.image->thumbnails.empty());
  CHECK(writing.app.sql("SELECT concat_ws(' ', kind, owner_id, subject_id, object_key, "
                        "content_type, byte_count) FROM media WHERE kind = 1") ==
        "1 " + author + ' ' + id + " posts/" + id + "/a.jpg image/jpeg 1000");
  CHECK(writing.app.sql("SELECT concat_ws(' ', kind, lane, subject, payload) FROM jobs") ==
        "media.process 1 " + std::to_string(post.image->id) + " {}");
  const auto shard = std::to_string(shard_of(writing.author));
  CHECK(writing.app.sql("SELECT string_agg(concat_ws(' ', type, shard, actor, object), ', ' "
                        "ORDER BY id) FROM events WHERE type <> 11") ==
        "5 " + shard + ' ' + author + ' ' + id + ", 10 " + shard + ' ' + author + ' ' + id);
  CHECK(writing.app.count("post_likes WHERE post_id = " + id) == 1);
  const auto shown = writing.app.get("/v1/posts/" + id);
  CHECK(shown.body.find("\"image\":" + support::new_image_json(post.image->id)) !=
        std::string::npos);
}

TEST_CASE("a post of nobody has its own id's shard, also with an image") {
  Writing writing;
  commands::Command command;
  const auto made =
      writing.app.posts.create_with_image(std::nullopt, "hi", writing.stage(), command);
  REQUIRE(made.post.has_value());
  CHECK(made.post->image.has_value());
  CHECK(writing.app.sql("SELECT string_agg(concat_ws(' ', type, shard, actor), ', ' ORDER BY id) "
                        "FROM events") == "5 " + std::to_string(shard_of(made.id)) + " 0, 10 " +
                                              std::to_string(shard_of(made.id)) + " 0");
}

TEST_CASE("an image is not staged for a post that is refused") {
  Writing writing;
  const auto refusal = [&](std::optional<Id> author, const std::string& text) {
    commands::Command command;
    return support::error_code_of(
        [&] { writing.app.posts.create_with_image(author, text, writing.stage(), command); });
  };
  CHECK(refusal(writing.author, " \n") == ErrorCode::invalid_argument);
  CHECK(refusal(writing.author, std::string(10001, 'x')) == ErrorCode::invalid_argument);
  CHECK(refusal(4711, "hi") == ErrorCode::not_found);
  const auto suspended = writing.app.add_user();
  support::suspend(writing.app.database, suspended);
  CHECK(refusal(suspended, "hi") == ErrorCode::permission_denied);
  CHECK(writing.staged.empty());
  CHECK(writing.app.count("posts") + writing.app.count("media") == 0);
}

TEST_CASE("an image that cannot be staged leaves no post, and no answer with the key") {
  Writing writing;
  writing.while_staging = [] { throw Error(ErrorCode::unprocessable, "the image is damaged"); };
  auto command = writing.keyed();
  CHECK(support::error_code_of([&] { writing.create("hi", command); }) == ErrorCode::unprocessable);
  CHECK(writing.counts() == nothing);
}

TEST_CASE("an author who is suspended while the image is staged writes nothing") {
  Writing writing;
  writing.while_staging = [&] { support::suspend(writing.app.database, writing.author); };
  auto command = writing.keyed();
  CHECK(support::error_code_of([&] { writing.create("hi", command); }) ==
        ErrorCode::permission_denied);
  CHECK(writing.app.count("posts") + writing.app.count("media") + writing.app.count("jobs") == 0);
  CHECK(writing.app.count("idempotency_keys WHERE user_id = " + std::to_string(writing.author)) ==
        0);
}

TEST_CASE("a key's first answer is repeated without staging, and other requests are refused") {
  Writing writing;
  auto first = writing.keyed();
  const auto made = writing.create("hi", first);
  const auto counts = writing.counts();
  auto again = writing.keyed();
  const auto repeated = writing.create("hi", again);
  CHECK(again.is_replay);
  CHECK(repeated.id == made.id);
  REQUIRE(repeated.post.has_value());
  CHECK(repeated.post->image.value().id == made.post.value().image.value().id);
  auto other = writing.keyed("\\x03");
  CHECK(support::error_code_of([&] { writing.create("ho", other); }) == ErrorCode::unprocessable);
  CHECK(writing.staged.size() == 1);
  CHECK(writing.counts() == counts);
  writing.app.posts.remove(made.id, writing.author, false);
  auto late = writing.keyed();
  const auto deleted = writing.create("hi", late);
  CHECK(deleted.id == made.id);
  CHECK_FALSE(deleted.post.has_value());
}

TEST_CASE("of two requests with one key that stage at the same time one makes the post") {
  Writing writing;
  Id inner = 0;
  writing.while_staging = [&] {
    if (writing.staged.size() > 1) return;
    auto command = writing.keyed();
    inner = writing.create("hi", command).id;
  };
  auto command = writing.keyed();
  const auto made = writing.create("hi", command);
  CHECK(command.is_replay);
  CHECK(made.id == inner);
  CHECK(writing.staged.size() == 2);
  CHECK(writing.counts() == "1 1 1 1 2 1 ");
}

TEST_CASE("a form without an image makes a post as JSON does") {
  App app;
  const auto author = std::to_string(app.add_user());
  const auto made =
      send_form(app, field("text", "hello") + field("user_id", author) + field("ignored", "field"));
  REQUIRE(made.status == 201);
  CHECK(made.get("text") == "hello");
  CHECK(made.get("author_id") == author);
  CHECK(made.get("image") == "null");
  CHECK(made.header("Location") == "/v1/posts/" + made.get("id"));
  const auto nobodys = send_form(app, field("text", ""));
  CHECK(nobodys.get("author_id") == "null");
  CHECK(nobodys.get("text").empty());
  CHECK(send_form(app, field("author_id", author)).get("author_id") == author);
}

TEST_CASE("a form is refused as JSON is") {
  App app;
  const auto refusal = [&](const std::string& fields) {
    const auto reply = send_form(app, fields);
    return std::to_string(reply.status) + ' ' + reply.error();
  };
  CHECK(refusal(field("like_count", "5")) ==
        "400 like_count cannot be updated directly. Use like operations instead.");
  CHECK(refusal(field("created_at", "x")) == "400 created_at cannot be updated");
  CHECK(refusal(field("text", " ")) == "400 text must contain a visible character, or be left out");
  CHECK(refusal(field("user_id", "x")) == "400 user_id must be a positive integer");
  CHECK(refusal(field("user_id", "4711")) == "404 User with id 4711 not found");
  CHECK(app.count("posts") == 0);
}

TEST_CASE("a server that stores no images refuses a form with one and says what to do") {
  App app;
  const auto reply = send_form(app, field("text", "hello") + image_field());
  CHECK(reply.status == 503);
  CHECK(reply.body.find("media.store") != std::string::npos);
  CHECK(app.count("posts") == 0);
}
