// The life of an image: uploaded, shown in every list, opened by its link, replaced, removed.
#include <algorithm>

#include "e2e/media/media_cluster.hpp"
#include "support/raw_client.hpp"

using namespace feedctl;
using namespace feedctl::media_test;

namespace {

// The events of these types, oldest first: "10 20".
std::string event_types(const MediaCluster& cluster, std::int64_t object) {
  return cluster.sql(
      "SELECT coalesce(string_agg(type::text, ' ' ORDER BY id), '') FROM events WHERE type IN (10, "
      "11, 18, 19, 20) AND object = " +
      std::to_string(object));
}

// The item of that id in a list of posts; null where it is not there.
json::Value post_in(const HttpResponse& list, std::int64_t post) {
  if (list.status != 200) return {};
  const auto body = parse_body(list);
  for (const auto& item : list_member(body, "posts")) {
    if (integer_member(item, "id") == post) return item;
  }
  return {};
}

// The link to the image that a list shows at this post, or "".
std::string link_in(const HttpResponse& list, std::int64_t post) {
  const auto item = post_in(list, post);
  if (item.is_null()) return "";
  const auto& image = support::member_in(item, "image");
  return image.is_null() ? "" : text_member(image, "url");
}

std::string avatar_in(const HttpResponse& list, std::int64_t post) {
  const auto item = post_in(list, post);
  if (item.is_null()) return "";
  return support::text_or_null_in(support::member_in(item, "author"), "avatar").value_or("");
}

// Every list that shows the posts of `author`, as their author and as a follower.
std::vector<std::string> lists_of(std::int64_t author, std::int64_t follower) {
  return {"/v1/feed?user_id=" + std::to_string(author),
          "/v1/feed?user_id=" + std::to_string(follower), "/v1/feed/hot",
          "/v1/users/" + std::to_string(author) + "/posts"};
}

bool is_gone(const HttpClient& http, const std::string& link) {
  return http.get(link).status == 404;
}

}  // namespace

TEST_CASE("an image of each format is uploaded, told by an event and gets its thumbnails") {
  if (!has_image_libraries()) return;
  const MediaCluster cluster;
  const auto http = cluster.http();
  const auto ana = cluster.add_user("ana");
  struct Expected {
    std::string extension;
    Size size;
    std::vector<std::uint32_t> thumbnails;
  };
  const auto expected = GENERATE(values<Expected>(
      {{"jpg", {720, 480}, {320, 640}}, {"png", {120, 80}, {}}, {"webp", {720, 480}, {320, 640}}}));
  INFO(expected.extension);
  const auto post = cluster.add_post(ana);
  const auto answer = cluster.upload(post, ana, expected.extension);
  const auto image = member_of(answer, "image");
  const auto link = text_member(image, "url");
  CHECK(answer.header("location") == link);
  CHECK(link == "/v1/media/" + std::to_string(integer_member(image, "id")));
  CHECK(integer_member(image, "width") == expected.size.width);
  CHECK(integer_member(image, "height") == expected.size.height);

  // It can be opened at once, and holds nothing about where it was taken.
  const auto opened = http.get(link);
  REQUIRE(opened.status == 200);
  CHECK(opened.header("content-type") == content_type_of(expected.extension));
  CHECK(size_of(opened.body) == expected.size);
  CHECK_FALSE(has_metadata(opened.body));
  CHECK(has_metadata(photo(expected.extension)));

  const auto ready = cluster.wait_until_ready(post);
  CHECK_FALSE(text_member(ready, "blurhash").empty());
  std::vector<std::uint32_t> widths;
  for (const auto& thumbnail : list_member(ready, "thumbnails")) {
    const auto width = static_cast<std::uint32_t>(integer_member(thumbnail, "width"));
    widths.push_back(width);
    const auto small = http.get(text_member(thumbnail, "url"));
    REQUIRE(small.status == 200);
    CHECK(small.header("content-type") == "image/webp");
    const Size size{width, static_cast<std::uint32_t>(integer_member(thumbnail, "height"))};
    CHECK(size_of(small.body) == size);
    CHECK_FALSE(has_metadata(small.body));
  }
  CHECK(widths == expected.thumbnails);
  CHECK(event_types(cluster, post) == "10 20");
  cluster.check_clean();
}

TEST_CASE("a link to an image is answered with fixed headers, in whole, in part and not at all") {
  if (!has_image_libraries()) return;
  const MediaCluster cluster;
  const auto http = cluster.http();
  const auto ana = cluster.add_user("ana");
  const auto post = cluster.add_post(ana);
  const auto link = text_member(member_of(cluster.upload(post, ana, "jpg"), "image"), "url");
  const auto whole = http.get(link);
  REQUIRE(whole.status == 200);
  CHECK(whole.header("content-type") == "image/jpeg");
  CHECK(whole.header("x-content-type-options") == "nosniff");
  CHECK(whole.headers.count("x-content-type-options") == 1);
  CHECK(whole.header("content-security-policy") == "default-src 'none'; sandbox");
  CHECK(whole.header("cache-control") == "private, max-age=300");
  CHECK(whole.header("content-disposition") ==
        "inline; filename=\"" + media_id_of(link) + ".jpg\"");
  CHECK(whole.header("cross-origin-resource-policy") == "cross-origin");
  CHECK(whole.header("accept-ranges") == "bytes");
  CHECK(whole.header("content-length") == std::to_string(whole.body.size()));
  const auto etag = whole.header("etag");
  CHECK_FALSE(etag.empty());

  const auto part = http.get(link, {{"Range", "bytes=10-19"}});
  CHECK(part.status == 206);
  CHECK(part.body == whole.body.substr(10, 10));
  CHECK(part.header("content-range") == "bytes 10-19/" + std::to_string(whole.body.size()));
  const auto end = http.get(link, {{"Range", "bytes=-7"}});
  CHECK(end.status == 206);
  CHECK(end.body == whole.body.substr(whole.body.size() - 7));
  CHECK(http.get(link, {{"Range", "bytes=9999999-"}}).status == 416);
  // This client waits for a body of a 304, where the connection stays.
  CHECK(http.get(link, {{"If-None-Match", etag}, {"Connection", "close"}}).status == 304);
  CHECK(http.get(link, {{"Range", "bytes=0-9"}, {"If-Range", etag}}).status == 206);
  CHECK(http.get(link, {{"Range", "bytes=0-9"}, {"If-Range", "\"other\""}}).status == 200);
  const auto head = http.send("HEAD", link);
  CHECK(head.status == 200);
  CHECK(head.body.empty());
  CHECK(head.header("content-length") == std::to_string(whole.body.size()));

  const auto named = http.get(image_path(post));
  CHECK(named.status == 200);
  CHECK(text_member(member_of(named, "link"), "url") == link);
  CHECK(member_of(named, "link").find("expires_at")->is_null());
  cluster.wait_until_ready(post);
  CHECK(http.get(link + "/320").status == 200);
  CHECK(http.get(link + "/333").status == 404);
  CHECK(http.get("/v1/media/1").status == 404);
}

TEST_CASE("every list shows the image of a post and the avatar of its author, and their changes") {
  if (!has_image_libraries()) return;
  const MediaCluster cluster;
  const auto http = cluster.http();
  const auto ana = cluster.add_user("ana"), bo = cluster.add_user("bo");
  REQUIRE(http.post("/v1/users/" + std::to_string(ana) + "/follow", "", as_user(bo)).status == 200);
  const auto post = cluster.add_post(ana);
  const auto all_show = [&](const std::string& image, const std::string& avatar) {
    for (const auto& list : lists_of(ana, bo)) {
      const auto answer = http.get(list);
      if (link_in(answer, post) != image || avatar_in(answer, post) != avatar) return false;
    }
    return true;
  };
  CHECK(eventually([&] { return all_show("", ""); }));  // now pages are in memory

  const auto first = text_member(member_of(cluster.upload(post, ana, "jpg"), "image"), "url");
  const auto avatar_answer = post_form(http, avatar_path(ana), Form().image("webp"), as_user(ana));
  INFO(avatar_answer.body);
  REQUIRE(avatar_answer.status == 201);
  const auto avatar = text_member(avatar_answer, "avatar");
  CHECK(eventually([&] { return all_show(first, avatar); }));
  CHECK(text_member(http.get("/v1/users/" + std::to_string(ana)), "avatar") == avatar);

  const auto second = text_member(member_of(cluster.upload(post, ana, "png"), "image"), "url");
  CHECK(second != first);
  CHECK(eventually([&] { return all_show(second, avatar); }));
  CHECK(http.del(image_path(post), as_user(ana)).status == 204);
  CHECK(http.del(avatar_path(ana), as_user(ana)).status == 204);
  CHECK(eventually([&] { return all_show("", ""); }));
  CHECK(http.get(image_path(post)).status == 404);
  // A second time there is nothing to remove, and no event.
  CHECK(http.del(image_path(post), as_user(ana)).status == 204);
  CHECK(cluster.wait_until_idle());
  const auto types = event_types(cluster, post);
  INFO(types);
  CHECK(types.substr(types.rfind(' ') + 1) == "18");
  CHECK(std::count(types.begin(), types.end(), '8') == 1);
}

TEST_CASE("a page of a reader shows an image to the command's own token at once") {
  if (!has_image_libraries()) return;
  const MediaCluster cluster;
  const auto http = cluster.http();
  const auto ana = cluster.add_user("ana");
  const auto post = cluster.add_post(ana);
  const auto feed = "/v1/feed?user_id=" + std::to_string(ana);
  REQUIRE(http.get(feed).status == 200);
  for (const std::string extension : {"jpg", "png", "webp"}) {
    const auto answer = cluster.upload(post, ana, extension);
    const auto token = answer.header("x-feed-token");
    REQUIRE_FALSE(token.empty());
    const auto page = http.get(feed + "&min_token=" + token);
    CHECK(link_in(page, post) == text_member(member_of(answer, "image"), "url"));
  }
}

TEST_CASE("an open page is told of an image, of its thumbnails and of its removal") {
  if (!has_image_libraries()) return;
  const MediaCluster cluster;
  const auto http = cluster.http();
  const auto ana = cluster.add_user("ana");
  const auto post = cluster.add_post(ana);
  REQUIRE(eventually([&] {
    const auto health = parse_body(http.get("/debug/health"));
    return text_member(support::member_in(health, "feed_index"), "status") == "ready";
  }));
  test::RawClient stream(cluster.http_port());
  stream.send("GET /v1/feed/stream HTTP/1.1\r\nHost: test\r\nX-User-Id: " + std::to_string(ana) +
              "\r\n\r\n");
  REQUIRE_FALSE(stream.read_until("\r\n\r\n").empty());
  const auto next_image = [&] {
    REQUIRE_FALSE(stream.read_until("event: image\n").empty());
    return stream.read_until("\n\n");
  };
  const auto link = text_member(member_of(cluster.upload(post, ana, "jpg"), "image"), "url");
  // One event or two: both changes may be read together.
  auto told = next_image();
  CHECK(told.find("\"" + link + "\"") != std::string::npos);
  while (told.find("\"ready\"") == std::string::npos) told = next_image();
  CHECK(http.del(image_path(post), as_user(ana)).status == 204);
  CHECK(next_image().find("null") != std::string::npos);
}

TEST_CASE("what is replaced or removed is gone: its link, its objects and its row") {
  if (!has_image_libraries()) return;
  const MediaCluster cluster;
  const auto http = cluster.http();
  const auto ana = cluster.add_user("ana");
  const auto post = cluster.add_post(ana);
  const auto first = text_member(member_of(cluster.upload(post, ana, "jpg"), "image"), "url");
  cluster.wait_until_ready(post);
  const auto old_objects = cluster.objects();
  CHECK(old_objects.size() == 3);
  for (const auto& object : old_objects)
    CHECK(object.rfind("posts/" + std::to_string(post) + "/", 0) == 0);

  const auto second = text_member(member_of(cluster.upload(post, ana, "webp"), "image"), "url");
  CHECK(is_gone(http, first));  // at once, the objects follow
  cluster.wait_until_ready(post);
  CHECK(eventually([&] {
    const auto now = cluster.objects();
    return std::none_of(old_objects.begin(), old_objects.end(), [&](const auto& object) {
      return std::count(now.begin(), now.end(), object) != 0;
    });
  }));
  CHECK(http.get(second).status == 200);

  SECTION("by removing the image") {
    CHECK(http.del(image_path(post), as_user(ana)).status == 204);
    CHECK(is_gone(http, second));
  }
  SECTION("by deleting the post") {
    CHECK(http.del(post_path(post), as_user(ana)).status == 204);
    CHECK(eventually([&] { return is_gone(http, second); }));
  }
  SECTION("by deleting the account") {
    const auto avatar = post_form(http, avatar_path(ana), Form().image("png"), as_user(ana));
    REQUIRE(avatar.status == 201);
    CHECK(http.del("/v1/users/" + std::to_string(ana), as_user(ana)).status == 202);
    CHECK(eventually(
        [&] { return is_gone(http, second) && is_gone(http, text_member(avatar, "avatar")); }));
  }
  CHECK(eventually([&] { return cluster.objects().empty(); }));
  CHECK(eventually([&] { return cluster.sql("SELECT count(*) FROM media") == "0"; }));
  CHECK(cluster.wait_until_idle());
  cluster.check_clean();
}

TEST_CASE("a post is created with its text and its image in one request") {
  if (!has_image_libraries()) return;
  const MediaCluster cluster;
  const auto http = cluster.http();
  const auto ana = cluster.add_user("ana");
  for (const std::string path : {"/v1/feed/posts/", "/posts", "/v1/posts"}) {
    INFO(path);
    const auto made =
        post_form(http, path, Form().text("text", "an evening").image("jpg"), as_user(ana));
    INFO(made.body);
    REQUIRE(made.status == 201);
    CHECK(text_member(made, "text") == "an evening");
    const auto image = member_of(made, "image");
    CHECK(http.get(text_member(image, "url")).status == 200);
    const auto post = integer_member(made, "id");
    cluster.wait_until_ready(post);
    CHECK(event_types(cluster, post) == "10 20");
  }
  const auto without_text = post_form(http, "/v1/posts", Form().image("png"), as_user(ana));
  CHECK(without_text.status == 201);
  const auto named_in_form =
      post_form(http, "/v1/posts",
                Form().text("user_id", std::to_string(ana)).text("text", "x").image("png"));
  CHECK(named_in_form.status == 201);
  const auto without_image = post_form(http, "/v1/posts", Form().text("text", "x"), as_user(ana));
  CHECK(without_image.status == 201);
  CHECK(member_of(without_image, "image").is_null());
  // A bad image makes no post.
  const auto count = cluster.sql("SELECT count(*) FROM posts");
  const auto refused = post_form(
      http, "/v1/posts", Form().text("text", "x").image("GIF89a", "image/png"), as_user(ana));
  CHECK(refused.status == 415);
  CHECK(cluster.sql("SELECT count(*) FROM posts") == count);
}

TEST_CASE("an upload repeated with its key is answered as the first time and stores nothing") {
  if (!has_image_libraries()) return;
  const MediaCluster cluster;
  const auto http = cluster.http();
  const auto ana = cluster.add_user("ana");
  const auto post = cluster.add_post(ana);
  const HttpHeaders key{{"Idempotency-Key", "one-upload"}};
  const auto first = cluster.upload(post, ana, Form().image("jpg"), key);
  const auto again = cluster.upload(post, ana, Form().image("jpg"), key);
  CHECK(again.header("idempotency-replayed") == "true");
  CHECK(text_member(member_of(again, "image"), "url") ==
        text_member(member_of(first, "image"), "url"));
  const auto other = post_form(http, image_path(post), Form().image("png"), as_user(ana, key));
  CHECK(other.status == 422);
  CHECK(cluster.sql("SELECT count(*) FROM media") == "1");

  const HttpHeaders post_key{{"Idempotency-Key", "one-post"}};
  const auto form = Form().text("text", "once").image("webp");
  const auto made = post_form(http, "/v1/posts", form, as_user(ana, post_key));
  const auto made_again = post_form(http, "/v1/posts", form, as_user(ana, post_key));
  REQUIRE(made.status == 201);
  REQUIRE(made_again.status == 201);
  CHECK(integer_member(made, "id") == integer_member(made_again, "id"));
  CHECK(cluster.sql("SELECT count(*) FROM media") == "2");
  CHECK(cluster.wait_until_idle());
  cluster.check_clean();
}
