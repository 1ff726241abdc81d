// Doctor's findings about the store of media: which, how grave, and with which fix.
#include "operations/doctor_media.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <mutex>

#include "support/catch.hpp"
#include "support/scripted_server.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using namespace feedctl::operations;
using support::http_answer;

namespace {

// A bucket in memory that believes every signature.
class Bucket {
 public:
  struct Faults {
    bool is_public = false;
    bool has_no_links = false;
    bool keeps_removed = false;
  };
  explicit Bucket(const Faults& faults)
      : faults_(faults),
        server_([this](support::ScriptedConnection& connection) { serve(connection); }) {}

  config::MediaConfig media() const {
    config::MediaConfig media;
    media.s3_endpoint = server_.origin();
    media.s3_key = "the-key";
    media.s3_secret = Secret<std::string>("the-secret");
    media.s3_bucket = "media";
    return media;
  }
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return objects_.size();
  }

 private:
  void serve(support::ScriptedConnection& connection) {
    if (const auto request = connection.read_request()) connection.write(answer(*request));
  }

  std::string answer(const support::ScriptedRequest& request) {
    const std::lock_guard lock(mutex_);
    const auto mark = request.target.find('?');
    const auto path = request.target.substr(0, mark);
    const bool is_signed = request.headers.count("authorization") != 0;
    const bool is_link = mark != std::string::npos && !is_signed;
    if ((is_link && faults_.has_no_links) || (!is_signed && !is_link && !faults_.is_public))
      return http_answer("", "text/plain", "403 Forbidden");
    if (request.method == "PUT") objects_[path] = request.body;
    if (request.method == "DELETE" && !faults_.keeps_removed) objects_.erase(path);
    const auto object = objects_.find(path);
    if (request.method == "PUT" || request.method == "DELETE") return http_answer("");
    if (path == "/media/") return http_answer("<ListBucketResult></ListBucketResult>");
    if (object == objects_.end()) return http_answer("", "text/plain", "404 Not Found");
    const std::string fields = "Last-Modified: Fri, 24 May 2013 00:00:00 GMT\r\n";
    if (request.method != "HEAD")
      return http_answer(object->second, "text/plain", "200 OK", fields);
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(object->second.size()) + "\r\n" +
           fields + "Connection: close\r\n\r\n";
  }

  const Faults faults_;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> objects_;
  support::ScriptedServer server_;
};

Findings check(const config::MediaConfig& media) {
  Findings findings;
  check_media(findings, media);
  for (const auto& finding : findings) {
    const bool hides = (finding.text + finding.fix).find("the-secret") == std::string::npos;
    CHECK(hides);
    CHECK((finding.severity == Severity::ok || !finding.fix.empty()));
  }
  return findings;
}

Finding finding_of(const Findings& findings, const std::string& check) {
  const auto found = std::find_if(findings.begin(), findings.end(),
                                  [&](const auto& finding) { return finding.check == check; });
  if (found == findings.end()) return {check, Severity::error, "there is no such finding"};
  return *found;
}

}  // namespace

TEST_CASE("without a store doctor says what images need") {
  const auto findings = check({});
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].severity == Severity::ok);
  CHECK(findings[0].text.find("media.directory") != std::string::npos);
}

TEST_CASE("a directory that works is left as it was") {
  const support::TempFolder folder;
  config::MediaConfig media;
  media.directory = (folder.path() / "media").string();
  const auto findings = check(media);
  CHECK(finding_of(findings, "media").severity == Severity::ok);
  CHECK(finding_of(findings, "media_room").measurement.value_or(-1) >= 0);
  CHECK_FALSE(std::filesystem::exists(folder.path() / "media/doctor"));
}

TEST_CASE("a directory that is missing is found") {
  config::MediaConfig media;
  media.directory = "/nonexistent/feedctl/media";
  const auto findings = check(media);
  CHECK(finding_of(findings, "media").severity == Severity::error);
  CHECK(finding_of(findings, "media").fix.find("media.directory") != std::string::npos);
}

TEST_CASE("a bucket that works is left as it was") {
  const Bucket bucket({});
  const auto findings = check(bucket.media());
  CHECK(finding_of(findings, "media").severity == Severity::ok);
  CHECK(finding_of(findings, "media_links").severity == Severity::ok);
  CHECK(bucket.size() == 0);
}

TEST_CASE("a bucket that anybody reads, and links that do not work, are found") {
  const Bucket open({.is_public = true});
  const auto anonymous = finding_of(check(open.media()), "media_links");
  CHECK(anonymous.severity == Severity::error);
  CHECK(anonymous.text.find("anybody can read") == 0);
  const Bucket broken({.has_no_links = true});
  const auto links = finding_of(check(broken.media()), "media_links");
  CHECK(links.severity == Severity::error);
  CHECK(links.fix.find("media.s3_public_endpoint") != std::string::npos);
  CHECK(open.size() + broken.size() == 0);
}

TEST_CASE("a bucket that keeps what was removed, and a server that is not there, are found") {
  const Bucket keeping({.keeps_removed = true});
  CHECK(finding_of(check(keeping.media()), "media").severity == Severity::error);
  auto nowhere = Bucket({}).media();
  const auto missing = finding_of(check(nowhere), "media");
  CHECK(missing.severity == Severity::error);
  CHECK(missing.fix.find("media.s3_endpoint") != std::string::npos);
  auto unreachable = keeping.media();
  unreachable.s3_public_endpoint = nowhere.s3_endpoint;
  const auto links = finding_of(check(unreachable), "media_links");
  CHECK(links.severity == Severity::error);
  CHECK(links.fix.find("media.s3_public_endpoint") != std::string::npos);
}
