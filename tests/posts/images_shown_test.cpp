// Posts show their image and the avatar of their author on every route.
#include "support/app/app.hpp"
#include "support/catch.hpp"
#include "support/hidden_posts.hpp"
#include "support/stored_images.hpp"

using namespace feedctl;
using test::App;

namespace {

// A post of an author, and an admin.
struct Shown {
  App app{auth::Mode::open};
  Id author = app.add_user(), admin = app.add_user("admin");
  Id post = app.posts.create(author, "a post").id;

  // Of each route that shows the post.
  std::vector<std::string> bodies() {
    const auto id = std::to_string(post), ann = std::to_string(author);
    const auto as_author = "?user_id=" + ann;
    std::vector<std::string> bodies;
    for (const auto& target : {"/v1/posts/" + id, "/v1/posts/" + id + as_author,
                               "/v1/posts?ids=" + id, "/v1/users/" + ann + "/posts",
                               "/v1/users/" + ann + "/posts" + as_author, "/v1/feed" + as_author})
      bodies.push_back(app.get(target).body);
    bodies.push_back(app.get("/api/v1/admin/posts", app.token(admin)).body);
    bodies.push_back(app.get("/api/v1/admin/posts?author=u1", app.token(admin)).body);
    bodies.push_back(
        app.send(http::Method::put, "/v1/posts/" + id + "/update/" + as_author, "{}").body);
    return bodies;
  }
  void require_shown(const std::string& image, const std::string& avatar) {
    for (const auto& body : bodies()) {
      INFO(body);
      CHECK(body.find("\"text\":\"a post\",\"image\":" + image + ",\"like_count\"") !=
            std::string::npos);
      CHECK(body.find("\"avatar\":" + avatar + "}") != std::string::npos);
    }
  }
};

}  // namespace

TEST_CASE("every route shows a post's image and its author's avatar as they are now") {
  Shown shown;
  shown.require_shown("null", "null");
  const auto image = support::set_image(shown.app.fresh, shown.post);
  shown.require_shown(support::new_image_json(image), "null");
  support::finish_image(shown.app.fresh, shown.post);
  const auto avatar = support::set_avatar(shown.app.fresh, shown.author);
  shown.require_shown(support::finished_image_json(image), support::avatar_json(avatar));
  const auto second = support::set_image(shown.app.fresh, shown.post);
  shown.require_shown(support::new_image_json(second), support::avatar_json(avatar));
  support::remove_image(shown.app.fresh, shown.post);
  support::remove_avatar(shown.app.fresh, shown.author);
  shown.require_shown("null", "null");
}

TEST_CASE("moderators see the image of a hidden post, and a new post has its author's avatar") {
  Shown shown;
  const auto image = support::set_image(shown.app.fresh, shown.post);
  const auto avatar = support::avatar_json(support::set_avatar(shown.app.fresh, shown.author));
  const auto hidden = support::hide(shown.app.database, shown.post);
  REQUIRE(hidden.post.image.has_value());
  CHECK(hidden.post.image->id == image);
  CHECK(hidden.hidden_at.has_value());
  const auto found =
      shown.app.get("/api/v1/admin/posts?state=hidden", shown.app.token(shown.admin)).body;
  CHECK(found.find("\"image\":" + support::new_image_json(image)) != std::string::npos);
  const auto made =
      shown.app.post("/v1/posts", "{\"user_id\":" + std::to_string(shown.author) + "}");
  CHECK(made.body.find("\"avatar\":" + avatar + "}") != std::string::npos);
}

TEST_CASE("a post whose media has no row any more is shown without an image") {
  Shown shown;
  support::set_image(shown.app.fresh, shown.post);
  shown.app.sql("DELETE FROM media");
  shown.require_shown("null", "null");
}
