// Every store on real servers: SeaweedFS and versitygw, where they can be had.
#include "support/s3_servers.hpp"

#include <memory>

#include "base/error.hpp"
#include "blob/open_store.hpp"
#include "content.hpp"
#include "store_suite.hpp"
#include "support/catch.hpp"
#include "support/http_client.hpp"

using namespace feedctl;
using namespace feedctl::blob;
using std::chrono::seconds;

namespace {

// A server, or why there is none.
struct Counterpart {
  std::string name;
  std::unique_ptr<support::S3Server> server;
};

template <typename Server>
void add(std::vector<Counterpart>& all, const std::string& name) {
  if (Server::is_available())
    all.push_back({name, std::make_unique<Server>()});
  else
    WARN("not tested with " << name << ": " << Server::tool().why_not);
}

// For the whole program: SeaweedFS takes seconds to start.
std::vector<Counterpart>& counterparts() {
  static std::vector<Counterpart> all = [] {
    std::vector<Counterpart> made;
    add<support::SeaweedFs>(made, "SeaweedFS");
    add<support::VersityGw>(made, "versitygw");
    return made;
  }();
  return all;
}

const auto hello = std::string("hello, world");

// One object of a real bucket, and plain HTTP to it.
class Site {
 public:
  explicit Site(const support::S3Server& server)
      : media(server.media()), store(open_store(media)), http_(server.port()) {
    store->put("posts/1/a.webp", MemoryFile(hello).slice(), "image/webp", long_deadline());
  }
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;
  ~Site() {
    try {
      store->remove("posts/1/a.webp", long_deadline());
    } catch (const Error&) {  // the check says what is wrong
    }
  }

  support::HttpResponse get(const std::string& url) const { return http_.get(target_of(url)); }
  support::HttpResponse send(const std::string& method, const std::string& url) const {
    return http_.send(method, target_of(url), "x", {{"Content-Type", "image/webp"}});
  }
  std::string link(Time at = now(), seconds ttl = seconds{600}) const {
    return store->presigned_link("posts/1/a.webp", at, ttl).value();
  }
  UploadForm form(const std::string& key, std::size_t max_size, Time at = now()) const {
    return store->presigned_upload(key, "image/png", max_size, at, seconds{600}).value();
  }
  support::HttpResponse upload(const UploadForm& form, const std::string& file) const;

  const config::MediaConfig media;
  const std::unique_ptr<BlobStore> store;

 private:
  std::string target_of(const std::string& url) const {
    REQUIRE(url.find(media.s3_endpoint + "/") == 0);
    return url.substr(media.s3_endpoint.size());
  }

  const support::HttpClient http_;
};

support::HttpResponse Site::upload(const UploadForm& form, const std::string& file) const {
  std::string body;
  for (const auto& [name, value] : form.fields)
    body +=
        "--line\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
  body +=
      "--line\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n"
      "Content-Type: image/png\r\n\r\n" +
      file + "\r\n--line--\r\n";
  return http_.send("POST", target_of(form.url), body,
                    {{"Content-Type", "multipart/form-data; boundary=line"}});
}

// For each server that can be had.
template <typename Check>
void on_each_server(Check check) {
  for (const auto& [name, server] : counterparts()) {
    INFO(name);
    const Site site(*server);
    check(site);
  }
}

bool is_refused(const support::HttpResponse& response) {
  INFO(response.status << " " << response.body);
  const bool is_it = response.status >= 400 && response.status < 500;
  CHECK(is_it);
  return is_it;
}

std::string with(std::string text, const std::string& part, const std::string& other) {
  const auto at = text.find(part);
  REQUIRE(at != std::string::npos);
  return text.replace(at, part.size(), other);
}

// With another value of a field.
UploadForm with_field(UploadForm form, const std::string& wanted, const std::string& other) {
  for (auto& [name, value] : form.fields) {
    if (name == wanted) value = other;
  }
  return form;
}

bool has(const Site& site, const std::string& key) {
  return site.store->head(key, long_deadline()).has_value();
}

}  // namespace

TEST_CASE("a bucket of a real server keeps objects as every store does") {
  for (const auto& [name, server] : counterparts()) {
    INFO(name);
    const auto store = open_store(server->media());
    check_store(*store);
  }
}

TEST_CASE("a real server refuses a wrong secret, an unknown key and a missing bucket") {
  on_each_server([](const Site& site) {
    const auto error_with = [&](const config::MediaConfig& media) {
      try {
        open_store(media)->put("a", MemoryFile("x").slice(), "image/png", long_deadline());
      } catch (const Error& error) {
        return std::string(error.what()) + " / " + error.hint();
      }
      return std::string("there was no error");
    };
    auto wrong_secret = site.media, unknown_key = site.media, no_bucket = site.media;
    wrong_secret.s3_secret = Secret<std::string>("another-secret-key");
    unknown_key.s3_key = "nobody";
    no_bucket.s3_bucket = "no-such-bucket";
    CHECK(error_with(wrong_secret).find("media.s3_secret") != std::string::npos);
    CHECK(error_with(unknown_key).find("media.s3_key") != std::string::npos);
    CHECK(error_with(no_bucket).find("there was no error") == std::string::npos);
    CHECK_THROWS_AS(open_store(wrong_secret)->open("posts/1/a.webp", 100, long_deadline()), Error);
    CHECK_THROWS_AS(open_store(wrong_secret)->head("posts/1/a.webp", long_deadline()), Error);
    CHECK_THROWS_AS(open_store(wrong_secret)->list("", "", 10, long_deadline()), Error);
    CHECK_THROWS_AS(open_store(wrong_secret)->remove("posts/1/a.webp", long_deadline()), Error);
    CHECK(has(site, "posts/1/a.webp"));
  });
}

TEST_CASE("a link reads its object, for a time, and nothing else") {
  on_each_server([](const Site& site) {
    const auto link = site.link();
    const auto response = site.get(link);
    CHECK(response.status == 200);
    CHECK(response.body == hello);
    CHECK(response.header("content-type") == "image/webp");
    CHECK(is_refused(site.get(link.substr(0, link.find('?')))));
    CHECK(is_refused(site.get(with(link, "posts/1/a.webp", "posts/1/b.webp"))));
    CHECK(is_refused(site.get(with(link, "X-Amz-Expires=600", "X-Amz-Expires=6000"))));
    const auto last = link.back() == '0' ? "1" : "0";
    CHECK(is_refused(site.get(link.substr(0, link.size() - 1) + last)));
    CHECK(is_refused(site.get(site.link(now() - seconds{1200}))));
    CHECK(is_refused(site.send("PUT", link)));
    CHECK(is_refused(site.send("DELETE", link)));
    CHECK(site.get(link).body == hello);
  });
}

TEST_CASE("a form stores its object with its type, up to the size that it names") {
  on_each_server([](const Site& site) {
    CHECK(site.upload(site.form("quarantine/1", 1000), std::string(1000, 'x')).status < 300);
    const auto object = site.store->open("quarantine/1", 1000, long_deadline());
    REQUIRE(object);
    CHECK(read_object(*object) == std::string(1000, 'x'));
    const auto link = site.store->presigned_link("quarantine/1", now(), seconds{600}).value();
    CHECK(site.get(link).header("content-type") == "image/png");
    CHECK(is_refused(site.upload(site.form("quarantine/2", 1000), std::string(1001, 'x'))));
    CHECK(is_refused(site.upload(site.form("quarantine/2", 1000), "")));
    CHECK_FALSE(has(site, "quarantine/2"));
    site.store->remove("quarantine/1", long_deadline());
  });
}

TEST_CASE("a form that was changed or is too old stores nothing") {
  on_each_server([](const Site& site) {
    const auto form = site.form("quarantine/3", 1000);
    CHECK(is_refused(site.upload(with_field(form, "key", "posts/1/a.webp"), "bad")));
    CHECK(is_refused(site.upload(with_field(form, "Content-Type", "text/html"), "bad")));
    CHECK(
        is_refused(site.upload(with_field(form, "x-amz-signature", std::string(64, 'a')), "bad")));
    const auto other = site.form("quarantine/3", 1'000'000);
    for (const auto& [name, value] : other.fields) {
      if (name == "policy")
        CHECK(is_refused(site.upload(with_field(form, "policy", value), "bad")));
    }
    CHECK(is_refused(site.upload(site.form("quarantine/3", 1000, now() - seconds{1200}), "bad")));
    CHECK_FALSE(has(site, "quarantine/3"));
    CHECK(site.get(site.link()).body == hello);
  });
}
