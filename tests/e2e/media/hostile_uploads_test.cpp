// Uploads that are too large, no images, damaged, bombs, or no proper forms, and clients in a
// hurry.
#include <atomic>
#include <cstdio>
#include <fstream>
#include <set>
#include <thread>

#include "e2e/media/media_cluster.hpp"
#include "support/raw_client.hpp"

using namespace feedctl;
using namespace feedctl::media_test;
using test::RawClient;

namespace {

constexpr std::size_t max_bytes = 5 * 1024 * 1024;

// A server with a user and a post, to whose image everything here is uploaded.
struct Upload {
  MediaCluster cluster{{}, MediaCluster::Work::none};
  HttpClient http = cluster.http();
  std::int64_t user = cluster.add_user("ana");
  std::int64_t post = cluster.add_post(user);

  HttpResponse send(const Form& form) const {
    return post_form(http, image_path(post), form, as_user(user));
  }
  HttpResponse send(const std::string& content, const std::string& type) const {
    return send(Form().image(content, type));
  }
  HttpResponse send_body(const std::string& body, const std::string& content_type) const {
    return http.post(image_path(post), body, as_user(user, {{"Content-Type", content_type}}));
  }
  // The first line and the fields of a request, up to its framing.
  std::string head(const Form& form) const {
    return "POST " + image_path(post) +
           " HTTP/1.1\r\nHost: test\r\nX-User-Id: " + std::to_string(user) +
           "\r\nContent-Type: " + form.content_type() + "\r\n";
  }
  // Nothing was stored, and the server goes on.
  void check_nothing_stored() const {
    CHECK(cluster.objects().empty());
    CHECK(cluster.sql("SELECT count(*) FROM media") == "0");
    CHECK(send(photo("png"), "image/png").status == 201);
  }
};

// Most memory that the process ever had resident, in bytes.
std::int64_t peak_memory(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmHWM:", 0) == 0) return std::stoll(line.substr(6)) * 1024;
  }
  return 0;
}

std::string chunked(const std::string& body) {
  constexpr std::size_t chunk_size = 64 * 1024;
  std::string out;
  for (std::size_t at = 0; at < body.size(); at += chunk_size) {
    const auto chunk = body.substr(at, chunk_size);
    char size[20];
    std::snprintf(size, sizeof size, "%zx", chunk.size());
    out += std::string(size) + "\r\n" + chunk + "\r\n";
  }
  return out + "0\r\n\r\n";
}

// A JPEG of this size: bytes after its end are allowed, and dropped.
std::string jpeg_of_size(std::size_t size) {
  auto bytes = photo("jpg");
  bytes.resize(size, 'x');
  return bytes;
}

int status_of(RawClient& client) {
  const auto answer = client.read_response();
  return answer ? answer->status : 0;
}

int uploads_in_progress(const HttpClient& http) {
  const std::string name = "\nfeedctl_media_in_progress ";
  const auto text = http.get("/metrics").body;
  const auto at = text.find(name);
  return at == std::string::npos ? 0 : std::stoi(text.substr(at + name.size()));
}

}  // namespace

TEST_CASE("row 81: an upload of five megabytes and more is 413, however it is framed") {
  if (!has_image_libraries()) return;
  const Upload to;
  CHECK(to.send(jpeg_of_size(max_bytes), "image/jpeg").status == 413);
  CHECK(to.send(jpeg_of_size(max_bytes + 1), "image/jpeg").status == 413);
  const auto form = Form().image(jpeg_of_size(max_bytes + 1), "image/jpeg");
  {
    RawClient client(to.cluster.http_port());
    client.send(to.head(form) + "Transfer-Encoding: chunked\r\n\r\n" + chunked(form.body()));
    CHECK(status_of(client) == 413);
  }
  {
    RawClient client(to.cluster.http_port());
    client.send(to.head(form) + "Content-Length: 99999999999\r\n\r\n" +
                form.body().substr(0, 4096));
    CHECK(status_of(client) == 413);
    client.read_to_end();  // it closes: the rest of the body would be taken for requests
  }
  to.check_nothing_stored();
  CHECK(to.send(jpeg_of_size(max_bytes - 1), "image/jpeg").status == 201);
}

TEST_CASE("row 82: what is no image is 415, whatever its name and its type say") {
  if (!has_image_libraries()) return;
  const Upload to;
  const std::vector<std::string> others{
      "<!DOCTYPE html><html><script>alert(1)</script></html>",
      "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>",
      "GIF89a\x01\x01\x80" + std::string(20, '\0'),
      "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
      "BM" + std::string(60, '\0'),
      "II*" + std::string(60, '\0')};
  for (const auto& other : others) {
    INFO(other.substr(0, 16));
    const auto answer = to.send(Form().file("image", "picture.png", "image/png", other));
    CHECK(answer.status == 415);
    CHECK_FALSE(error_message(answer).empty());
  }
  to.check_nothing_stored();
}

TEST_CASE("row 83: an image of another type than it says is 415") {
  if (!has_image_libraries()) return;
  const Upload to;
  CHECK(to.send(photo("png"), "image/jpeg").status == 415);
  CHECK(to.send(photo("jpg"), "image/webp").status == 415);
  CHECK(to.send(photo("webp"), "image/png").status == 415);
  CHECK(to.send(photo("jpg"), "image/gif").status == 415);
  to.check_nothing_stored();
  CHECK(to.send(photo("webp"), "application/octet-stream").status == 201);
}

TEST_CASE("row 84: a truncated, a damaged and an empty image are 422") {
  if (!has_image_libraries()) return;
  const Upload to;
  for (const std::string extension : {"jpg", "png", "webp"}) {
    INFO(extension);
    const auto whole = photo(extension);
    const auto type = content_type_of(extension);
    for (const auto size : {whole.size() / 2, whole.size() / 10, std::size_t{20}})
      CHECK(to.send(whole.substr(0, size), type).status == 422);
    CHECK(to.send("", type).status == 422);
  }
  CHECK(to.send(with_broken_crc(photo("png")), "image/png").status == 422);
  to.check_nothing_stored();
}

TEST_CASE("row 85: a small file that names an enormous image is 422 and costs no memory") {
  if (!has_image_libraries()) return;
  const Upload to;
  REQUIRE(to.send(photo("jpg"), "image/jpeg").status == 201);  // the helper is there
  const auto bomb = make_png_bomb(65'500, 65'500);
  CHECK(bomb.size() < 200'000);
  const auto before = peak_memory(to.cluster.serve_pid());
  const auto answer = to.send(bomb, "image/png");
  CHECK(answer.status == 422);
  CHECK_FALSE(error_message(answer).empty());
  CHECK(to.send(make_png_bomb(8'000, 8'000), "image/png").status == 422);  // too many pixels
  CHECK(peak_memory(to.cluster.serve_pid()) - before < 32 * 1024 * 1024);
}

TEST_CASE("row 86: animations, thousands of texts and a color profile that is a bomb are 422") {
  if (!has_image_libraries()) return;
  const Upload to;
  CHECK(to.send(make_animated_webp(), "image/webp").status == 422);
  CHECK(to.send(make_png_with_text_chunks(10'000), "image/png").status == 422);
  CHECK(to.send(make_png_with_profile_bomb(), "image/png").status == 422);
  to.check_nothing_stored();
}

TEST_CASE("row 87: an image that is an archive or a script, too, is stored without that part") {
  if (!has_image_libraries()) return;
  const Upload to;
  const std::string tail = "PK\x03\x04" + std::string("/*payload*/;alert('payload')//");
  for (const std::string extension : {"jpg", "png", "webp"}) {
    INFO(extension);
    const auto answer = to.send(photo(extension) + tail, content_type_of(extension));
    REQUIRE(answer.status == 201);
    const auto stored = to.http.get(text_member(member_of(answer, "image"), "url")).body;
    CHECK(stored.find("payload") == std::string::npos);
    CHECK(size_of(stored).width > 0);
  }
}

TEST_CASE("row 88: nothing tells where a photo was taken, as exiftool sees it") {
  if (!has_image_libraries()) return;
  const Upload to;
  const support::TempFolder folder;
  const bool has_exiftool = support::run({"sh", "-c", "command -v exiftool"}).exit_code == 0;
  for (const std::string extension : {"jpg", "png", "webp"}) {
    INFO(extension);
    const auto answer = to.send(photo(extension), content_type_of(extension));
    REQUIRE(answer.status == 201);
    const auto stored = to.http.get(text_member(member_of(answer, "image"), "url")).body;
    CHECK_FALSE(has_metadata(stored));
    if (!has_exiftool) continue;
    const std::vector<std::string> look{"exiftool", "-s",        "-EXIF:all",
                                        "-XMP:all", "-IPTC:all", "-Comment"};
    const auto tags_of = [&](const std::string& name, const std::string& bytes) {
      auto argv = look;
      argv.push_back(folder.write(name, bytes).string());
      return support::run(argv).out;
    };
    CHECK(tags_of("before", photo(extension)).find("GPSLatitude") != std::string::npos);
    CHECK(tags_of("after", stored).empty());
  }
  if (!has_exiftool) WARN("exiftool is not installed: the files were searched for marks only");
}

TEST_CASE("row 89: a form without a boundary, with one too long or without an end is 400") {
  if (!has_image_libraries()) return;
  const Upload to;
  const auto form = Form().image("png");
  CHECK(to.send_body(form.body(), "multipart/form-data").status == 400);
  CHECK(to.send_body(form.body(), "multipart/form-data; boundary=").status == 400);
  CHECK(to.send_body(form.body(), "multipart/form-data; boundary=" + std::string(71, 'b')).status ==
        400);
  CHECK(to.send_body(form.body(), "multipart/form-data; boundary=another").status == 400);
  const auto body = form.body();
  for (const auto cut : {std::size_t{6}, body.size() / 2, body.size() - 20})
    CHECK(to.send_body(body.substr(0, body.size() - cut), form.content_type()).status == 400);
  to.check_nothing_stored();
}

TEST_CASE("row 90: a thousand parts, a hundred headers in a part and nested forms are 400") {
  if (!has_image_libraries()) return;
  const Upload to;
  Form many;
  for (int i = 0; i < 1000; ++i) many.text("field" + std::to_string(i), "x");
  CHECK(to.send(many.image("png")).status == 400);
  std::string headers;
  for (int i = 0; i < 100; ++i) headers += "X-Header-" + std::to_string(i) + ": x\r\n";
  CHECK(to.send(Form().file("image", "a", "image/png", photo("png"), headers)).status == 400);
  const auto inner = Form().image("png");
  const std::string mixed = "multipart/mixed; boundary=inner";
  CHECK(to.send(Form().file("image", "a", mixed, inner.body())).status == 400);
  CHECK(to.send(Form().image("png").image("png")).status == 400);
  CHECK(to.send(Form().text("text", "no image")).status == 400);
  to.check_nothing_stored();
}

TEST_CASE("row 91: the name of a file is nothing but a name") {
  if (!has_image_libraries()) return;
  const Upload to;
  const std::vector<std::string> names{"../../x",
                                       "/etc/passwd",
                                       std::string("a\0b.png", 7),
                                       std::string(4096, 'n'),
                                       "\xe2\x80\xaegnp.exe",
                                       ""};
  std::set<std::string> links;
  for (const auto& name : names) {
    INFO(name.substr(0, 20));
    const auto answer = to.send(Form().file("image", name, "image/png", photo("png")));
    INFO(answer.body);
    REQUIRE(answer.status == 201);
    links.insert(text_member(member_of(answer, "image"), "url"));
    CHECK(answer.body.find("passwd") == std::string::npos);
  }
  CHECK(links.size() == names.size());
  for (const auto& object : to.cluster.objects())
    CHECK(object.rfind("posts/" + std::to_string(to.post) + "/", 0) == 0);
}

TEST_CASE(
    "an upload that is no form, or to what is not there, is refused before its image is decoded") {
  if (!has_image_libraries()) return;
  const Upload to;
  CHECK(to.send_body("{}", "application/json").status == 415);
  CHECK(to.send_body(photo("png"), "image/png").status == 415);
  const auto user = as_user(to.user);
  const auto form = Form().image("png");
  CHECK(post_form(to.http, image_path(1), form, user).status == 404);
  CHECK(post_form(to.http, "/v1/posts/abc/image", form, user).status == 404);
  const auto other = to.cluster.add_user("bo");
  CHECK(post_form(to.http, image_path(to.post), form, as_user(other)).status == 403);
  CHECK(post_form(to.http, avatar_path(to.user), form, as_user(other)).status == 403);
  CHECK(to.http.del(image_path(to.post), as_user(other)).status == 403);
  to.check_nothing_stored();
}

TEST_CASE("a user has four uploads at once, and the next one is told to wait") {
  if (!has_image_libraries() || support::run_feedctl({"failpoints"}).exit_code != 0) return;
  MediaCluster cluster({{"server.threads", "32"}, {"server.upload_threads", "16"}},
                       MediaCluster::Work::none);
  const auto ana = cluster.add_user("ana"), bo = cluster.add_user("bo");
  const auto post = cluster.add_post(ana), other_post = cluster.add_post(bo);
  cluster.restart_serve("media.put.before=stall");
  const HttpClient http(cluster.http_port(), "127.0.0.1", std::chrono::minutes{3});
  std::atomic<int> refused{0}, with_time_to_wait{0}, done{0};
  std::vector<std::thread> uploads;
  for (int i = 0; i < 6; ++i) {
    uploads.emplace_back([&] {
      const auto answer = post_form(http, image_path(post), Form().image("png"), as_user(ana));
      refused += answer.status == 429;
      with_time_to_wait += answer.status == 429 && !answer.header("retry-after").empty();
      ++done;
    });
  }
  CHECK(eventually([&] { return refused == 2 && done == 2; }));
  std::thread beside(
      [&] { post_form(http, image_path(other_post), Form().image("png"), as_user(bo)); });
  // Another user has slots of his own, and reads have threads of their own.
  CHECK(eventually([&] { return uploads_in_progress(http) == 5; }));
  CHECK(http.get(post_path(post)).status == 200);
  cluster.serve().kill();  // else the others would stall for a minute
  beside.join();
  for (auto& upload : uploads) upload.join();
  CHECK(refused == 2);
  CHECK(with_time_to_wait == 2);
}
