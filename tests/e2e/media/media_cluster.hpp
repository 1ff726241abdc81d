#pragma once
// A database, `feedctl serve` and one `feedctl work`, which keep images in a directory or in S3,
// and the requests of people who upload some. One thread.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "e2e/media/sample_images.hpp"
#include "support/api.hpp"
#include "support/eventually.hpp"
#include "support/fresh_database.hpp"
#include "support/json.hpp"
#include "support/temp_folder.hpp"
#include "support/worker_processes.hpp"

namespace feedctl::media_test {

using namespace feedctl::api;
using support::eventually;
using support::HttpHeaders;

// A body of multipart/form-data.
class Form {
 public:
  Form& text(const std::string& name, const std::string& value);
  // `more`: further header lines of the part, each with its CRLF.
  Form& file(const std::string& name, const std::string& filename, const std::string& type,
             const std::string& content, const std::string& more = "");
  Form& image(std::string_view extension);  // the photo of fixtures/
  Form& image(const std::string& content, const std::string& type);

  std::string body() const { return parts_ + "--" + boundary_ + "--\r\n"; }
  std::string content_type() const { return "multipart/form-data; boundary=" + boundary_; }

 private:
  const std::string boundary_ = "----the-boundary-of-the-test";
  std::string parts_;
};

HttpHeaders as_user(std::int64_t user, HttpHeaders more = {});
// As user 0 nobody is named.
HttpResponse post_form(const HttpClient& http, const std::string& target, const Form& form,
                       HttpHeaders headers = {});

std::string post_path(std::int64_t post);    // "/v1/posts/7"
std::string image_path(std::int64_t post);   // "/v1/posts/7/image"
std::string avatar_path(std::int64_t user);  // "/v1/users/7/avatar"
// A member of the answer's body, such as "image".
json::Value member_of(const HttpResponse& answer, const std::string& name);
// The number at the end of a link to media.
std::string media_id_of(const std::string& link);

// Variables in the environment of the processes that this scope starts.
class ScopedEnvironment {
 public:
  explicit ScopedEnvironment(std::vector<std::string> variables);
  ScopedEnvironment(const ScopedEnvironment&) = delete;
  ScopedEnvironment& operator=(const ScopedEnvironment&) = delete;
  ~ScopedEnvironment();

 private:
  std::vector<std::string> names_;
};

// False, with a warning, where this build cannot process images: its tests have nothing to do then.
bool has_image_libraries();

class MediaCluster {
 public:
  enum class Work { running, none };
  // Keeps images in the folder `media` unless `settings` say otherwise.
  explicit MediaCluster(support::Settings settings = {}, Work work = Work::running);

  // Starts both again with these failpoints, or without any.
  void restart_serve(const std::string& failpoint = "");
  void restart_work(const std::string& failpoint = "");
  void stop_work() { work_.reset(); }
  bool is_work_running() { return work_ && work_->is_running(0); }

  HttpClient http() const { return serve_->client(); }
  int http_port() const { return serve_->port(); }
  pid_t serve_pid() const { return serve_->pid(); }
  support::ServerProcess& serve() { return *serve_; }
  const std::filesystem::path& media() const { return media_folder_.path(); }
  // Files of the directory, by their paths in it, sorted.
  std::vector<std::string> objects() const;
  std::string sql(const std::string& statement) const { return database.execute(statement); }

  // Creates and returns the id.
  std::int64_t add_user(const std::string& handle) const;
  std::int64_t add_post(std::int64_t author, const std::string& text = "a post") const;
  // The photo of fixtures/ to a post of `user`; the answer, which is 201.
  HttpResponse upload(std::int64_t post, std::int64_t user, const Form& form,
                      HttpHeaders more = {}) const;
  HttpResponse upload(std::int64_t post, std::int64_t user, std::string_view extension) const {
    return upload(post, user, Form().image(extension));
  }

  // Waits until the image of the post is ready, with its thumbnails; returns it.
  json::Value wait_until_ready(std::int64_t post) const;
  // Waits until work has nothing to do.
  bool wait_until_idle() const;

  // `feedctl ARGUMENTS` with the settings of this cluster.
  support::RunResult run(const std::vector<std::string>& arguments) const;
  // Makes every object of the directory so old that `media gc` takes it for no upload under way.
  void age_objects() const;
  // `media gc` of all that is left over, however young, then `media verify`: both must succeed. Of
  // a directory, every object then has its row, and every row its objects.
  void check_clean() const;

  support::FreshDatabase database;

 private:
  support::Settings with_defaults(support::Settings settings) const;

  support::TempFolder media_folder_;
  support::Settings settings_;
  std::unique_ptr<support::ServerProcess> serve_;
  std::unique_ptr<support::WorkerProcesses> work_;
};

}  // namespace feedctl::media_test
