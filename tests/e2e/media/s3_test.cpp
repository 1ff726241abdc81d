// Images in S3: real servers, links and forms that clients use past serve, and outages.
#include <functional>
#include <sstream>

#include "e2e/media/media_cluster.hpp"
#include "support/s3_servers.hpp"

using namespace feedctl;
using namespace feedctl::media_test;
using support::S3Server;

namespace {

struct Kind {
  std::string name;
  const support::Tool& (*tool)();
  std::unique_ptr<S3Server> (*start)();
};

const std::vector<Kind> kinds{{"versitygw", support::VersityGw::tool,
                               [] { return std::unique_ptr<S3Server>(new support::VersityGw); }},
                              {"SeaweedFS", support::SeaweedFs::tool,
                               [] { return std::unique_ptr<S3Server>(new support::SeaweedFs); }}};

// Nullptr, with a warning, where the server cannot be had or images cannot be processed.
std::unique_ptr<S3Server> start(const Kind& kind) {
  if (!has_image_libraries()) return nullptr;
  if (const auto& tool = kind.tool(); !tool) {
    WARN("not tested with " << kind.name << ": " << tool.why_not);
    return nullptr;
  }
  return kind.start();
}

// Runs `test` with each server that can be had.
void with_each_server(const std::function<void(S3Server&)>& test) {
  for (const auto& kind : kinds) {
    const auto server = start(kind);
    if (!server) continue;
    INFO(kind.name);
    test(*server);
  }
}

// What S3 answers; it is not described by our API, so HttpClient does not ask it.
struct S3Answer {
  int status = 0;
  std::string content_type, body;
};

S3Answer curl(const std::vector<std::string>& arguments) {
  const support::TempFolder folder;
  const auto file = folder.path() / "body";
  std::vector<std::string> argv{
      "curl", "-s", "--max-time", "60", "-o", file.string(), "-w", "%{http_code} %{content_type}"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  std::istringstream written(support::run(argv).out);
  S3Answer answer;
  written >> answer.status >> answer.content_type;
  answer.body = std::filesystem::exists(file) ? support::read_file(file) : "";
  return answer;
}

std::string presigned_link(const HttpClient& http, const std::string& link) {
  const auto answer = http.get(link);
  INFO(answer.body);
  REQUIRE(answer.status == 302);
  return answer.header("location");
}

std::string without_query(const std::string& url) {
  return url.substr(0, url.find('?'));
}

// A form that POST /v1/media/uploads gave, and its use.
class PresignedForm {
 public:
  explicit PresignedForm(const HttpResponse& answer)
      : id_(integer_member(answer, "id")),
        url_(text_member(answer, "url")),
        max_bytes_(integer_member(answer, "max_bytes")) {
    const auto fields = member_of(answer, "fields");
    for (const auto& [name, value] : *fields.object()) fields_[name] = *value.text();
  }

  // Instead of what the server gave.
  PresignedForm& set(const std::string& name, const std::string& value) {
    REQUIRE(fields_.count(name) == 1);
    fields_[name] = value;
    return *this;
  }
  int send(const std::string& content, const std::string& type = "image/jpeg") const {
    const support::TempFolder folder;
    const auto file = folder.write("image", content).string();
    std::vector<std::string> arguments;
    for (const auto& [name, value] : fields_)
      arguments.insert(arguments.end(), {"--form-string", name + "=" + value});
    arguments.insert(arguments.end(), {"-F", "file=@" + file + ";type=" + type, url_});
    return curl(arguments).status;
  }
  std::string path() const { return "/v1/media/uploads/" + std::to_string(id_); }
  std::string id() const { return std::to_string(id_); }
  const std::string& url() const { return url_; }
  std::size_t max_bytes() const { return static_cast<std::size_t>(max_bytes_); }

 private:
  std::int64_t id_;
  std::string url_;
  std::int64_t max_bytes_;
  std::map<std::string, std::string> fields_;
};

HttpResponse ask_for_form(const HttpClient& http, std::int64_t post, std::int64_t user,
                          const std::string& type = "image/jpeg") {
  return http.post("/v1/media/uploads",
                   R"({"kind":"post_image","post_id":)" + std::to_string(post) +
                       R"(,"content_type":")" + type + "\"}",
                   as_user(user));
}

// Sends what was uploaded to be checked, and waits for the result.
HttpResponse complete(const HttpClient& http, const PresignedForm& form, std::int64_t user) {
  CHECK(http.post(form.path() + "/complete", "", as_user(user)).status == 202);
  HttpResponse state;
  CHECK(eventually([&] {
    state = http.get(form.path(), as_user(user));
    const auto text = state.status == 200 ? text_member(state, "state") : "";
    return text == "done" || text == "refused";
  }));
  return state;
}

}  // namespace

TEST_CASE("images in S3 are opened by presigned links, replaced and removed") {
  with_each_server([](S3Server& s3) {
    const MediaCluster cluster(s3.settings());
    const auto http = cluster.http();
    const auto ana = cluster.add_user("ana");
    const auto post = cluster.add_post(ana);
    const auto link = text_member(member_of(cluster.upload(post, ana, "jpg"), "image"), "url");
    const auto redirect = http.get(link);
    REQUIRE(redirect.status == 302);
    CHECK(redirect.header("cache-control") == "private, max-age=240");
    const auto url = redirect.header("location");
    CHECK(url.rfind(s3.endpoint() + "/" + support::s3_bucket + "/posts/" + std::to_string(post),
                    0) == 0);
    const auto opened = curl({url});
    CHECK(opened.status == 200);
    CHECK(opened.content_type == "image/jpeg");
    CHECK(size_of(opened.body) == Size{720, 480});
    CHECK_FALSE(has_metadata(opened.body));
    CHECK(curl({without_query(url)}).status == 403);  // the bucket is private

    const auto named = member_of(http.get(image_path(post)), "link");
    CHECK(curl({text_member(named, "url")}).status == 200);
    CHECK_FALSE(text_member(named, "expires_at").empty());

    const auto ready = cluster.wait_until_ready(post);
    const auto& thumbnails = list_member(ready, "thumbnails");
    REQUIRE(thumbnails.size() == 2);
    const auto small = curl({presigned_link(http, text_member(thumbnails[0], "url"))});
    CHECK(small.status == 200);
    CHECK(small.content_type == "image/webp");

    cluster.upload(post, ana, "png");
    CHECK(http.get(link).status == 404);
    CHECK(eventually([&] { return curl({url}).status == 404; }));  // the object itself is gone
    CHECK(http.del(post_path(post), as_user(ana)).status == 204);
    CHECK(eventually([&] { return cluster.sql("SELECT count(*) FROM media") == "0"; }));
    CHECK(cluster.wait_until_idle());
    cluster.check_clean();
  });
}

TEST_CASE("row 92: a presigned form uploads one image, and S3 refuses every other use of it") {
  with_each_server([](S3Server& s3) {
    const MediaCluster cluster(s3.settings());
    const auto http = cluster.http();
    const auto ana = cluster.add_user("ana"), bo = cluster.add_user("bo");
    const auto post = cluster.add_post(ana);
    CHECK(ask_for_form(http, post, bo).status == 403);
    CHECK(ask_for_form(http, post, ana, "image/gif").status == 415);
    const auto answer = ask_for_form(http, post, ana);
    INFO(answer.body);
    REQUIRE(answer.status == 201);
    const PresignedForm form(answer);

    const auto key = "quarantine/" + form.id();
    const auto refused = [](int status) { return status >= 400 && status < 500; };
    CHECK(refused(PresignedForm(form).set("key", "quarantine/1").send(photo("jpg"))));
    CHECK(refused(PresignedForm(form).set("key", "posts/1/x.jpg").send(photo("jpg"))));
    CHECK(refused(form.send(photo("jpg") + std::string(form.max_bytes(), 'x'))));
    CHECK(
        refused(PresignedForm(form).set("Content-Type", "text/html").send("<html>", "text/html")));

    const auto sent = form.send(photo("jpg"));
    CHECK(sent / 100 == 2);
    CHECK(curl({s3.endpoint() + "/" + support::s3_bucket + "/" + key}).status == 403);
    CHECK(http.get(form.path(), as_user(bo)).status == 404);
    CHECK(http.post(form.path() + "/complete", "", as_user(bo)).status == 404);
    const auto done = complete(http, form, ana);
    INFO(done.body);
    REQUIRE(text_member(done, "state") == "done");
    const auto image = member_of(done, "image");
    const auto opened = curl({presigned_link(http, text_member(image, "url"))});
    CHECK(size_of(opened.body) == Size{720, 480});
    CHECK_FALSE(has_metadata(opened.body));
    cluster.wait_until_ready(post);
    CHECK(cluster.wait_until_idle());
    cluster.check_clean();
  });
}

TEST_CASE("what was sent by a presigned form and is no image is refused with its reason") {
  with_each_server([](S3Server& s3) {
    const MediaCluster cluster(s3.settings());
    const auto http = cluster.http();
    const auto ana = cluster.add_user("ana");
    const auto post = cluster.add_post(ana);
    for (const auto& content :
         {std::string("<html>no image</html>"), photo("png"), photo("jpg").substr(0, 3000)}) {
      const PresignedForm form(ask_for_form(http, post, ana));
      REQUIRE(form.send(content) / 100 == 2);
      const auto refused = complete(http, form, ana);
      CHECK(text_member(refused, "state") == "refused");
      CHECK_FALSE(text_member(refused, "problem").empty());
    }
    CHECK(member_of(http.get(post_path(post)), "image").is_null());
    CHECK(cluster.wait_until_idle());
    cluster.check_clean();
  });
}

TEST_CASE("a wrong secret lets nothing in") {
  with_each_server([](S3Server& s3) {
    auto settings = s3.settings();
    settings["media.s3_secret"] = "another secret than the server's";
    const MediaCluster cluster(settings, MediaCluster::Work::none);
    const auto ana = cluster.add_user("ana");
    const auto post = cluster.add_post(ana);
    const auto answer =
        post_form(cluster.http(), image_path(post), Form().image("png"), as_user(ana));
    CHECK(answer.status == 503);
    CHECK(answer.body.find(settings["media.s3_secret"]) == std::string::npos);
    CHECK(cluster.sql("SELECT count(*) FROM media") == "0");
  });
}

TEST_CASE("while S3 is away uploads are 503 and lists go on; what was to be done follows") {
  with_each_server([](S3Server& s3) {
    const MediaCluster cluster(s3.settings());
    const auto http = cluster.http();
    const auto ana = cluster.add_user("ana");
    const auto post = cluster.add_post(ana), other = cluster.add_post(ana);
    const auto link = text_member(member_of(cluster.upload(post, ana, "jpg"), "image"), "url");
    cluster.upload(other, ana, "webp");
    s3.kill();  // perhaps with a thumbnail half sent

    const HttpHeaders key{{"Idempotency-Key", "while-it-is-away"}};
    const auto form = Form().image("png");
    CHECK(post_form(http, image_path(post), form, as_user(ana, key)).status == 503);
    const auto shown = http.get(post_path(post));
    CHECK(shown.status == 200);
    CHECK(text_member(member_of(shown, "image"), "url") == link);
    CHECK(http.del(image_path(other), as_user(ana)).status == 204);  // its objects go later

    s3.start_again();
    REQUIRE(eventually(
        [&] { return post_form(http, image_path(post), form, as_user(ana, key)).status == 201; }));
    cluster.wait_until_ready(post);
    // A job that failed waits before it is tried again.
    CHECK(eventually([&] {
      cluster.sql("UPDATE jobs SET not_before = now(), not_before_uptime_ms = NULL RETURNING id");
      return cluster.sql("SELECT count(*) FROM media") == "1";
    }));
    CHECK(cluster.wait_until_idle());
    cluster.check_clean();
  });
}
