// The S3 store against a server of the test: what it sends, when it tries again, and what it says.
#include "blob/s3_store.hpp"

#include <algorithm>
#include <ctime>
#include <mutex>

#include "base/encoding.hpp"
#include "base/error.hpp"
#include "base/failpoint.hpp"
#include "blob/directory_store.hpp"
#include "blob/open_store.hpp"
#include "content.hpp"
#include "store_suite.hpp"
#include "support/armed_failpoints.hpp"
#include "support/catch.hpp"
#include "support/scripted_server.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using namespace feedctl::blob;
using support::http_answer;
using support::ScriptedConnection;
using support::ScriptedRequest;

namespace {

std::string error_answer(const std::string& status, const std::string& code,
                         const std::string& more_headers = "") {
  return http_answer(
      "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>m</Message></Error>",
      "application/xml", status, more_headers);
}

std::string date_field(std::time_t at) {
  std::tm utc{};
  ::gmtime_r(&at, &utc);
  char text[64];
  std::strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &utc);
  return text;
}

// A bucket that gives the answers one after another, the last one again and again. "": it closes
// the connection.
class Bucket {
 public:
  explicit Bucket(std::vector<std::string> answers)
      : answers_(std::move(answers)),
        server_([this](ScriptedConnection& connection) { serve(connection); }) {}

  S3Options options() const {
    S3Options options;
    options.endpoint = server_.origin();
    options.bucket = "media";
    options.credentials = {"the-key", Secret<std::string>("the-secret"), "eu-west-1"};
    return options;
  }
  S3Store store() const { return S3Store(options()); }

  std::vector<ScriptedRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  ScriptedRequest request() const { return requests().at(0); }
  std::string host() const { return server_.origin().substr(7); }

 private:
  void serve(ScriptedConnection& connection) {
    const auto request = connection.read_request();
    if (!request) return;
    std::string answer;
    {
      const std::lock_guard lock(mutex_);
      answer = answers_[std::min(requests_.size(), answers_.size() - 1)];
      requests_.push_back(*request);
    }
    connection.write(answer);
  }

  mutable std::mutex mutex_;
  const std::vector<std::string> answers_;
  std::vector<ScriptedRequest> requests_;
  support::ScriptedServer server_;
};

// Of a call to a bucket with these answers.
template <typename Call>
Error error_of(const Bucket& bucket, Call call) {
  auto store = bucket.store();
  try {
    call(store);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::unavailable);
    const auto all = error.what() + error.detail() + error.hint();
    const bool hides =
        all.find("the-secret") == std::string::npos && all.find("Signature=") == std::string::npos;
    CHECK(hides);
    return error;
  }
  return Error(ErrorCode::internal, "there was no error");
}

void open_any(S3Store& store) {
  store.open("a", 1 << 20, long_deadline());
}

bool contains(const std::string& text, const std::string& part) {
  INFO(text);
  const bool found = text.find(part) != std::string::npos;
  CHECK(found);
  return found;
}

}  // namespace

TEST_CASE("an object is sent with its length, type, digests and a signature of all of them") {
  const Bucket bucket({http_answer("")});
  const auto bytes = make_bytes(200'000);
  bucket.store().put("posts/1/a.webp", MemoryFile(bytes).slice(), "image/webp", long_deadline());
  const auto request = bucket.request();
  CHECK(request.method == "PUT");
  CHECK(request.target == "/media/posts/1/a.webp");
  CHECK(request.body == bytes);
  CHECK(request.headers.at("content-length") == "200000");
  CHECK(request.headers.at("content-type") == "image/webp");
  CHECK(request.headers.at("x-amz-content-sha256") == sha256_hex(bytes));
  CHECK(request.headers.at("content-md5").size() == 24);
  CHECK(request.headers.at("host") == bucket.host());
  const auto& authorization = request.headers.at("authorization");
  CHECK(authorization.find("AWS4-HMAC-SHA256 Credential=the-key/") == 0);
  CHECK(contains(authorization,
                 "/eu-west-1/s3/aws4_request,SignedHeaders=content-md5;"
                 "content-type;host;x-amz-content-sha256;x-amz-date,Signature="));
}

TEST_CASE("the bucket is in the path, or in the name of the host") {
  S3Location path("http://localhost:9000/", "media", true);
  CHECK(path.origin() + path.path_of("a/b") == "http://localhost:9000/media/a/b");
  CHECK(path.host() == "localhost:9000");
  S3Location name("https://s3.eu-west-1.amazonaws.com", "media", false);
  CHECK(name.origin() + name.path_of("a/b") == "https://media.s3.eu-west-1.amazonaws.com/a/b");
  CHECK(name.host() == "media.s3.eu-west-1.amazonaws.com");
  CHECK_THROWS_AS(S3Location("localhost", "media", true), Error);
}

TEST_CASE("links and forms lead to the public endpoint") {
  const Bucket bucket({http_answer("")});
  auto options = bucket.options();
  options.public_endpoint = "https://img.example.org";
  const S3Store store(options);
  const auto link = store.presigned_link("a/b.webp", now(), std::chrono::seconds{60}).value();
  CHECK(link.find("https://img.example.org/media/a/b.webp?X-Amz-Algorithm=") == 0);
  CHECK(contains(link, "&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature="));
  const auto form =
      store.presigned_upload("q/1", "image/png", 10, now(), std::chrono::seconds{60}).value();
  CHECK(form.url == "https://img.example.org/media/");
  CHECK(form.fields.front() == std::pair<std::string, std::string>("key", "q/1"));
  CHECK(bucket.requests().empty());
}

TEST_CASE("what may pass is tried again, and the content is sent anew") {
  for (const std::string& first : std::vector<std::string>{
           "", error_answer("500 Internal Server Error", "InternalError"),
           error_answer("503 Service Unavailable", "SlowDown"),
           http_answer("", "", "502 Bad Gateway"), http_answer("", "", "504 Gateway Timeout"),
           error_answer("400 Bad Request", "RequestTimeout"), "no HTTP\r\n\r\n"}) {
    INFO(first);
    const Bucket bucket({first, first, http_answer("")});
    bucket.store().put("a", MemoryFile("abc").slice(), "image/png", long_deadline());
    const auto requests = bucket.requests();
    REQUIRE(requests.size() == 3);
    for (const auto& request : requests) CHECK(request.body == "abc");
  }
}

TEST_CASE("attempts end, and what does not pass is tried once") {
  const Bucket busy({error_answer("503 Service Unavailable", "SlowDown")});
  CHECK(contains(error_of(busy, open_any).what(), "status 503, SlowDown"));
  CHECK(busy.requests().size() == 4);
  const Bucket closing({""});
  const auto closed = error_of(closing, open_any);
  CHECK(closed.what() == std::string("the S3 server cannot be reached"));
  CHECK(contains(closed.detail(), closing.host()));
  CHECK(contains(closed.hint(), "media.s3_endpoint"));
  CHECK(closing.requests().size() == 4);
  const Bucket refusing({error_answer("403 Forbidden", "AccessDenied")});
  CHECK(contains(error_of(refusing, open_any).what(), "status 403, AccessDenied"));
  CHECK(refusing.requests().size() == 1);
}

TEST_CASE("nothing is sent after the deadline") {
  const Bucket bucket({http_answer("x")});
  const Deadline expired{Deadline::Clock::now() - std::chrono::seconds{1}};
  error_of(bucket, [&](S3Store& store) { store.open("a", 10, expired); });
  CHECK(bucket.requests().empty());
}

TEST_CASE("a server that never answers costs no more than the deadline") {
  const support::ScriptedServer server([&](ScriptedConnection& connection) {
    connection.read_request();
    connection.read_request();  // until the client goes
  });
  S3Options options;
  options.endpoint = server.origin();
  options.bucket = "media";
  S3Store store(options);
  const auto begin = Deadline::Clock::now();
  const Deadline deadline{begin + std::chrono::seconds{2}};
  CHECK_THROWS_AS(store.head("a", deadline), Error);
  CHECK(Deadline::Clock::now() >= begin + std::chrono::seconds{1});
}

TEST_CASE("an answer that is cut short is no object, and the next attempt's is whole") {
  const std::string cut = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nabcde";
  const Bucket bucket({cut, http_answer("xyz", "image/webp")});
  auto store = bucket.store();
  const auto object = store.open("a", 100, long_deadline());
  REQUIRE(object);
  CHECK(read_object(*object) == "xyz");
  CHECK(bucket.requests().size() == 2);
}

TEST_CASE("an answer whose end only the end of the connection shows is no object") {
  const Bucket bucket({"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabcde"});
  CHECK(contains(error_of(bucket, open_any).what(), "without its size"));
  const Bucket chunked(
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
       "3\r\nabc\r\n0\r\n\r\n"});
  auto store = chunked.store();
  const auto object = store.open("a", 10, long_deadline());
  REQUIRE(object);
  CHECK(read_object(*object) == "abc");
}

TEST_CASE("an object that is larger than wanted is not read") {
  const std::string huge = "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n";
  CHECK(contains(error_of(Bucket({huge}), open_any).detail(), "too large"));
  CHECK(contains(error_of(Bucket({http_answer(std::string(11, 'x'))}),
                          [](S3Store& store) { store.open("a", 10, long_deadline()); })
                     .what(),
                 "larger than expected"));
}

TEST_CASE("a missing object is no error, and a missing bucket is") {
  const Bucket none({error_answer("404 Not Found", "NoSuchKey")});
  auto store = none.store();
  CHECK_FALSE(store.open("a", 10, long_deadline()));
  store.remove("a", long_deadline());
  const Bucket no_bucket({error_answer("404 Not Found", "NoSuchBucket")});
  CHECK(contains(error_of(no_bucket, open_any).hint(), "media.s3_bucket"));
  CHECK(contains(error_of(no_bucket, [](S3Store& s) { s.remove("a", long_deadline()); }).what(),
                 "NoSuchBucket"));
}

TEST_CASE("HEAD, whose answer has no code, tells a missing object from a missing bucket, too") {
  const std::string not_found =
      "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  const Bucket none({not_found, http_answer("<ListBucketResult></ListBucketResult>")});
  CHECK_FALSE(none.store().head("a", long_deadline()));
  const Bucket no_bucket({not_found, error_answer("404 Not Found", "NoSuchBucket")});
  CHECK(contains(error_of(no_bucket, [](S3Store& s) { s.head("a", long_deadline()); }).what(),
                 "NoSuchBucket"));
}

TEST_CASE("a server that is no S3 server has no missing objects") {
  const Bucket web({http_answer("<html>not found</html>", "text/html", "404 Not Found")});
  CHECK(contains(error_of(web, open_any).what(), "status 404"));
  CHECK(contains(error_of(web, [](S3Store& s) { s.remove("a", long_deadline()); }).what(),
                 "status 404"));
}

TEST_CASE("a refusal says which setting is wrong") {
  struct Case {
    std::string status, code, hint;
  };
  for (const auto& [status, code, hint] :
       std::vector<Case>{{"403 Forbidden", "InvalidAccessKeyId", "media.s3_key"},
                         {"404 Not Found", "XAdminUserNotFound", "media.s3_key"},
                         {"403 Forbidden", "SignatureDoesNotMatch", "media.s3_secret"},
                         {"403 Forbidden", "AccessDenied", "media.s3_bucket"},
                         {"400 Bad Request", "AuthorizationHeaderMalformed", "media.s3_region"},
                         {"301 Moved Permanently", "PermanentRedirect", "media.s3_region"},
                         {"507 Insufficient Storage", "XMinioStorageFull", "room"}}) {
    CHECK(contains(error_of(Bucket({error_answer(status, code)}), open_any).hint(), hint));
  }
}

TEST_CASE("a wrong clock is told as such, also where only the server's date shows it") {
  const auto now = std::time(nullptr);
  const auto told = error_of(
      Bucket({error_answer("403 Forbidden", "RequestTimeTooSkewed", date_field(now + 7200))}),
      open_any);
  CHECK(contains(told.what(), "clock is wrong: it is 7"));
  CHECK(contains(told.what(), "s behind the server's"));
  CHECK(contains(told.hint(), "set-ntp"));
  const auto head = error_of(Bucket({"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n" +
                                     date_field(now - 7200) + "Connection: close\r\n\r\n"}),
                             [](S3Store& store) { store.head("a", long_deadline()); });
  CHECK(contains(head.what(), "s ahead of the server's"));
  const auto other = error_of(
      Bucket({error_answer("403 Forbidden", "AccessDenied", date_field(now - 60))}), open_any);
  CHECK(contains(other.what(), "AccessDenied"));
}

TEST_CASE("HEAD shows the size of an object that it does not send") {
  const Bucket bucket(
      {"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\nLast-Modified: Fri, 24 May 2013 00:00:00 "
       "GMT\r\nConnection: close\r\n\r\n"});
  auto store = bucket.store();
  const auto shown = store.head("a", long_deadline());
  REQUIRE(shown);
  CHECK(shown->size == 99'999'999);
  CHECK(rfc3339(shown->modified_at) == "2013-05-24T00:00:00Z");
  CHECK_THROWS_AS(Bucket({http_answer("x")}).store().head("a", long_deadline()), Error);
}

TEST_CASE("a list is asked for in pages after the last key, and a wrong one is an error") {
  const std::string begin = "<ListBucketResult>", end = "</ListBucketResult>";
  const auto object = [](const std::string& key) {
    return "<Contents><Key>" + key +
           "</Key><LastModified>2024-01-01T00:00:00Z</LastModified><Size>1</Size></Contents>";
  };
  const Bucket bucket(
      {http_answer(begin + object("p/a") + object("p/b") + "<IsTruncated>true</IsTruncated>" + end,
                   "application/xml"),
       http_answer(begin + object("p/c") + end, "application/xml")});
  auto store = bucket.store();
  CHECK(list_keys(store, "p/", 2) == std::vector<std::string>{"p/a", "p/b", "p/c"});
  const auto requests = bucket.requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].target == "/media/?list-type=2&max-keys=2&prefix=p%2F");
  CHECK(requests[1].target == "/media/?list-type=2&max-keys=2&prefix=p%2F&start-after=p%2Fb");
  const auto list = [](S3Store& s) { s.list("", "", 10, long_deadline()); };
  CHECK(contains(error_of(Bucket({http_answer("<html>", "text/html")}), list).what(), "list"));
  CHECK(contains(error_of(Bucket({error_answer("403 Forbidden", "AccessDenied")}), list).what(),
                 "AccessDenied"));
}

TEST_CASE("a server that gives the same part of a list for ever is an error, not a loop") {
  const Bucket bucket(
      {http_answer("<ListBucketResult><Contents><Key>p/a</Key><Size>1</Size>"
                   "<LastModified>2024-01-01T00:00:00Z</LastModified></Contents>"
                   "<IsTruncated>true</IsTruncated></ListBucketResult>",
                   "application/xml")});
  CHECK(
      contains(error_of(bucket, [](S3Store& s) { list_keys(s, "p/", 1); }).hint(), "start-after"));
  CHECK(bucket.requests().size() == 2);
}

TEST_CASE("http:// to a public address is refused, with the setting") {
  S3Options options;
  options.endpoint = "http://192.88.99.1";
  options.bucket = "media";
  S3Store store(options);
  try {
    store.head("a", long_deadline());
    FAIL("there was no error");
  } catch (const Error& error) {
    CHECK(contains(error.hint(), "https://"));
  }
}

TEST_CASE("a server that refuses a content before it has read it is understood") {
  for (const bool reads_on : {true, false}) {
    const support::ScriptedServer server([&](ScriptedConnection& connection) {
      connection.write(error_answer("403 Forbidden", "AccessDenied"));
      if (reads_on) connection.read_request();
    });
    S3Options options;
    options.endpoint = server.origin();
    options.bucket = "media";
    S3Store store(options);
    try {
      const MemoryFile content(make_bytes(3'000'000));
      store.put("a", content.slice(), "image/png", long_deadline());
      FAIL("there was no error");
    } catch (const Error& error) {
      CHECK(contains(error.what(), "AccessDenied"));
    }
  }
}

TEST_CASE("the configuration decides which store there is") {
  config::MediaConfig media;
  CHECK(open_store(media) == nullptr);
  media.directory = "/nonexistent/media";
  CHECK(open_store(media)->name() == "directory /nonexistent/media");
  media.s3_endpoint = "http://127.0.0.1:9000";
  media.s3_bucket = "b";
  CHECK(open_store(media)->name() == "s3 http://127.0.0.1:9000/b");
  media.store = config::MediaConfig::Store::off;
  CHECK(open_store(media) == nullptr);
}

#ifdef FEEDCTL_FAILPOINTS

TEST_CASE("a request that fails in between is tried again") {
  const Bucket bucket({http_answer("xyz")});
  auto store = bucket.store();
  const support::ArmedFailpoints failing("blob.bucket.request=error*2");
  CHECK(read_object(*store.open("a", 10, long_deadline())) == "xyz");
  CHECK(failing.hits("blob.bucket.request") == 3);
  CHECK(bucket.requests().size() == 1);
}

TEST_CASE("every failpoint of the blob stores is one that these tests hit") {
  const support::TempFolder folder;
  DirectoryStore directory(folder.path().string());
  const Bucket bucket({http_answer("")});
  auto store = bucket.store();
  const support::ArmedFailpoints counting;
  for (BlobStore* any : std::initializer_list<BlobStore*>{&directory, &store})
    any->put("a", MemoryFile("x").slice(), "image/png", long_deadline());
  for (const auto& name : failpoint::names()) {
    INFO(name);
    if (name.rfind("blob.", 0) == 0) CHECK(counting.hits(name) == 1);
  }
}

#endif
