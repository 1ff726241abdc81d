// Who may upload, who sees an image, and a server that keeps none.
#include "e2e/media/media_cluster.hpp"
#include "support/migrate.hpp"

using namespace feedctl;
using namespace feedctl::media_test;

namespace {

support::RunOptions shell_of(const MediaCluster& cluster) {
  support::RunOptions shell;
  shell.environment = {"FEEDCTL_CONFIG", "FEEDCTL_DATABASE_URL=" + cluster.database.url().reveal(),
                       "FEEDCTL_DATABASE_OWNER_URL=" + cluster.database.owner_url().reveal()};
  return shell;
}

std::string run_in_shell(const MediaCluster& cluster, const std::vector<std::string>& arguments) {
  const auto result = support::run_feedctl(arguments, shell_of(cluster));
  INFO(result.out << result.err);
  REQUIRE(result.exit_code == 0);
  return result.out;
}

// An access token of the user, who is made where there is none.
std::string token_of(const MediaCluster& cluster, const std::string& handle,
                     const std::string& role = "user") {
  const auto out =
      run_in_shell(cluster, {"users", "token", "--handle", handle, "--create", "--role", role});
  return out.substr(0, out.find('\n'));
}

HttpHeaders bearer(const std::string& token) {
  return {{"Authorization", "Bearer " + token}};
}

// A post with an image and an author with an avatar, in a database that has keys for tokens.
struct ShownImages {
  explicit ShownImages(support::Settings settings = {})
      : cluster(std::move(settings), MediaCluster::Work::none) {
    support::migrate_up(cluster.database);
    image = text_member(member_of(cluster.upload(post, author, "png"), "image"), "url");
    const auto answer = post_form(http, avatar_path(author), Form().image("png"), as_user(author));
    REQUIRE(answer.status == 201);
    avatar = text_member(answer, "avatar");
  }

  bool is_image_shown() const { return http.get(image).status == 200; }
  bool is_avatar_shown() const { return http.get(avatar).status == 200; }

  MediaCluster cluster;
  HttpClient http = cluster.http();
  std::int64_t author = cluster.add_user("ana");
  std::int64_t post = cluster.add_post(author);
  std::string image, avatar;
};

}  // namespace

TEST_CASE("the image of a hidden post cannot be opened until the post is shown again") {
  if (!has_image_libraries()) return;
  const ShownImages shown;
  const auto admin = bearer(token_of(shown.cluster, "root", "admin"));
  const auto path = "/api/v1/admin/posts/" + std::to_string(shown.post);
  REQUIRE(shown.is_image_shown());
  CHECK(shown.http.post(path + "/hide", "", admin).status == 200);
  CHECK_FALSE(shown.is_image_shown());
  CHECK(shown.http.get(image_path(shown.post)).status == 404);
  CHECK(shown.is_avatar_shown());
  CHECK(shown.http.post(path + "/unhide", "", admin).status == 200);
  CHECK(shown.is_image_shown());
}

TEST_CASE("no image of a suspended account can be opened until it is reinstated") {
  if (!has_image_libraries()) return;
  const ShownImages shown;
  run_in_shell(shown.cluster, {"users", "suspend", "--handle", "ana"});
  CHECK_FALSE(shown.is_image_shown());
  CHECK_FALSE(shown.is_avatar_shown());
  CHECK(shown.http.get(avatar_path(shown.author)).status == 404);
  CHECK(shown.http.get(image_path(shown.post)).status == 404);
  run_in_shell(shown.cluster, {"users", "reinstate", "--handle", "ana"});
  CHECK(shown.is_image_shown());
  CHECK(shown.is_avatar_shown());
}

TEST_CASE("where tokens are required a person uploads only what is theirs, and an admin anything") {
  if (!has_image_libraries()) return;
  const MediaCluster cluster({{"auth.mode", "required"}}, MediaCluster::Work::none);
  const auto ana = token_of(cluster, "ana"), bo = token_of(cluster, "bo"),
             root = token_of(cluster, "root", "admin");
  const auto http = cluster.http();
  const auto made =
      post_form(http, "/v1/posts", Form().text("text", "x").image("jpg"), bearer(ana));
  INFO(made.body);
  REQUIRE(made.status == 201);
  const auto post = integer_member(made, "id");
  const auto author = integer_member(member_of(made, "author"), "id");
  const auto form = Form().image("png");
  for (const auto& target : {image_path(post), avatar_path(author)}) {
    INFO(target);
    CHECK(post_form(http, target, form).status == 401);
    CHECK(post_form(http, target, form, bearer(bo)).status == 403);
    CHECK(http.del(target).status == 401);
    CHECK(http.del(target, bearer(bo)).status == 403);
    CHECK(post_form(http, target, form, bearer(ana)).status == 201);
    CHECK(post_form(http, target, form, bearer(root)).status == 201);
    CHECK(http.get(target).status == 200);  // what everybody sees needs no token
    CHECK(http.del(target, bearer(ana)).status == 204);
  }
  CHECK(post_form(http, "/v1/posts", form).status == 401);
}

TEST_CASE("a server without a store refuses images with what to set, and does everything else") {
  const MediaCluster cluster({{"media.store", "off"}}, MediaCluster::Work::none);
  const auto http = cluster.http();
  const auto ana = cluster.add_user("ana");
  const auto post = cluster.add_post(ana);
  for (const auto& target : {image_path(post), avatar_path(ana), std::string("/v1/posts")}) {
    INFO(target);
    const auto answer = post_form(http, target, Form().image("png"), as_user(ana));
    CHECK(answer.status == 503);
    CHECK(error_message(answer).find("media.") != std::string::npos);
  }
  CHECK(http.get("/v1/media/1").status == 503);
  CHECK(http.get(post_path(post)).status == 200);
  CHECK(post_form(http, "/v1/posts", Form().text("text", "x"), as_user(ana)).status == 201);
  CHECK(http.get("/v1/feed?user_id=" + std::to_string(ana)).status == 200);
}

TEST_CASE("presigned uploads are refused for a directory, with the way that works") {
  if (!has_image_libraries()) return;
  const MediaCluster cluster({}, MediaCluster::Work::none);
  const auto ana = cluster.add_user("ana");
  const auto post = cluster.add_post(ana);
  const auto answer = cluster.http().post(
      "/v1/media/uploads",
      R"({"kind":"post_image","content_type":"image/jpeg","post_id":)" + std::to_string(post) + "}",
      as_user(ana));
  CHECK(answer.status == 409);
  CHECK(error_message(answer).find("/image") != std::string::npos);
}

TEST_CASE("while the directory cannot be written an upload is 503, and the rest goes on") {
  if (!has_image_libraries()) return;
  const support::TempFolder folder;
  const auto file = folder.write("no-folder", "a file where the directory should be");
  const MediaCluster cluster({{"media.directory", file.string()}}, MediaCluster::Work::none);
  const auto ana = cluster.add_user("ana");
  const auto post = cluster.add_post(ana);
  const auto answer =
      post_form(cluster.http(), image_path(post), Form().image("png"), as_user(ana));
  CHECK(answer.status == 503);
  CHECK(member_of(cluster.http().get(post_path(post)), "image").is_null());
  CHECK(cluster.sql("SELECT count(*) FROM media") == "0");
}
