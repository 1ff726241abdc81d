#include "e2e/media/media_cluster.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <sstream>

#include "support/migrate.hpp"

namespace feedctl::media_test {
namespace {

namespace fs = std::filesystem;

// Settings that `serve` alone, or `work` alone, has no use for are known to both all the same.
bool is_secret(const std::string& key) {
  return key == "media.s3_secret" || key == "server.secret_key" || key == "redis.url";
}

std::string variable_of(const std::string& key) {
  std::string name = "FEEDCTL_" + key;
  for (char& c : name) {
    c = c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

support::Settings without_secrets(support::Settings settings) {
  std::erase_if(settings, [](const auto& setting) { return is_secret(setting.first); });
  return settings;
}

std::vector<std::string> secrets_of(const support::Settings& settings) {
  std::vector<std::string> variables;
  for (const auto& [key, value] : settings) {
    if (is_secret(key)) variables.push_back(variable_of(key) + "=" + value);
  }
  return variables;
}

std::vector<std::string> with_failpoint(std::vector<std::string> variables,
                                        const std::string& failpoint) {
  if (!failpoint.empty()) variables.push_back("FEEDCTL_FAILPOINT=" + failpoint);
  return variables;
}

std::set<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::set<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) lines.insert(line);
  }
  return lines;
}

// Keys of the objects that the rows of media stand for, one a line.
constexpr const char* keys_of_rows =
    "SELECT coalesce(string_agg(key, E'\\n'), '') FROM (SELECT object_key AS key FROM media UNION "
    "ALL SELECT regexp_replace(object_key, '[.][a-z]+$', '-' || w || '.webp') FROM media, "
    "unnest(string_to_array(nullif(thumbnails, ''), ',')) w) keys";

}  // namespace

Form& Form::text(const std::string& name, const std::string& value) {
  parts_ += "--" + boundary_ + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" +
            value + "\r\n";
  return *this;
}

Form& Form::file(const std::string& name, const std::string& filename, const std::string& type,
                 const std::string& content, const std::string& more) {
  parts_ += "--" + boundary_ + "\r\nContent-Disposition: form-data; name=\"" + name +
            "\"; filename=\"" + filename + "\"\r\nContent-Type: " + type + "\r\n" + more + "\r\n" +
            content + "\r\n";
  return *this;
}

Form& Form::image(std::string_view extension) {
  return image(photo(extension), content_type_of(extension));
}

Form& Form::image(const std::string& content, const std::string& type) {
  return file("image", "photo", type, content);
}

HttpHeaders as_user(std::int64_t user, HttpHeaders more) {
  if (user != 0) more.emplace_back("X-User-Id", std::to_string(user));
  return more;
}

HttpResponse post_form(const HttpClient& http, const std::string& target, const Form& form,
                       HttpHeaders headers) {
  headers.emplace_back("Content-Type", form.content_type());
  return http.post(target, form.body(), headers);
}

std::string post_path(std::int64_t post) {
  return "/v1/posts/" + std::to_string(post);
}

std::string image_path(std::int64_t post) {
  return post_path(post) + "/image";
}

std::string avatar_path(std::int64_t user) {
  return "/v1/users/" + std::to_string(user) + "/avatar";
}

json::Value member_of(const HttpResponse& answer, const std::string& name) {
  const auto body = parse_body(answer);
  return support::member_in(body, name);
}

std::string media_id_of(const std::string& link) {
  return link.substr(link.rfind('/') + 1);
}

ScopedEnvironment::ScopedEnvironment(std::vector<std::string> variables) {
  for (const auto& variable : variables) {
    const auto equals = variable.find('=');
    names_.push_back(variable.substr(0, equals));
    ::setenv(names_.back().c_str(), variable.substr(equals + 1).c_str(), 1);
  }
}

ScopedEnvironment::~ScopedEnvironment() {
  for (const auto& name : names_) ::unsetenv(name.c_str());
}

MediaCluster::MediaCluster(support::Settings settings, Work work)
    : settings_(with_defaults(std::move(settings))) {
  const auto mode = settings_.find("auth.mode");
  if (mode != settings_.end() && mode->second == "required")
    support::migrate_up(database);  // makes the keys
  restart_serve();
  if (work == Work::running) restart_work();
}

support::Settings MediaCluster::with_defaults(support::Settings settings) const {
  if (settings.count("media.store") == 0 && settings.count("media.s3_endpoint") == 0)
    settings.try_emplace("media.directory", media_folder_.path().string());
  settings.try_emplace("server.secret_key", "the same key for all processes of the test");
  return settings;
}

void MediaCluster::restart_serve(const std::string& failpoint) {
  serve_.reset();
  const ScopedEnvironment environment(with_failpoint(secrets_of(settings_), failpoint));
  serve_ = std::make_unique<support::ServerProcess>(database, without_secrets(settings_));
}

void MediaCluster::restart_work(const std::string& failpoint) {
  work_.reset();
  // What the last one had claimed when it was killed waits for nobody any more.
  sql("UPDATE jobs SET claimed_until = NULL WHERE claimed_until IS NOT NULL RETURNING id");
  const ScopedEnvironment environment(with_failpoint(secrets_of(settings_), failpoint));
  work_ = std::make_unique<support::WorkerProcesses>(database, 1, without_secrets(settings_));
}

std::vector<std::string> MediaCluster::objects() const {
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(media())) {
    if (entry.is_regular_file()) found.push_back(fs::relative(entry.path(), media()).string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::int64_t MediaCluster::add_user(const std::string& handle) const {
  return create_user(http(), handle);
}

std::int64_t MediaCluster::add_post(std::int64_t author, const std::string& text) const {
  return create_post(http(), author, text);
}

HttpResponse MediaCluster::upload(std::int64_t post, std::int64_t user, const Form& form,
                                  HttpHeaders more) const {
  auto answer = post_form(http(), image_path(post), form, as_user(user, std::move(more)));
  INFO(answer.body);
  REQUIRE(answer.status == 201);
  return answer;
}

json::Value MediaCluster::wait_until_ready(std::int64_t post) const {
  const auto client = http();
  json::Value image;
  const auto is_ready = [&] {
    const auto answer = client.get(post_path(post));
    if (answer.status != 200) return false;
    image = support::member_in(parse_body(answer), "image");
    return !image.is_null() && text_member(image, "state") == "ready";
  };
  REQUIRE(eventually(is_ready));
  return image;
}

bool MediaCluster::wait_until_idle() const {
  return eventually([&] { return support::is_backlog_empty(database); });
}

support::RunResult MediaCluster::run(const std::vector<std::string>& arguments) const {
  support::RunOptions options;
  options.environment = secrets_of(settings_);
  options.environment.push_back("FEEDCTL_CONFIG");
  options.environment.push_back("FEEDCTL_DATABASE_URL=" + database.url().reveal());
  auto argv = arguments;
  for (const auto& [key, value] : without_secrets(settings_)) {
    if (key.rfind("media.", 0) == 0) argv.insert(argv.end(), {"--set", key + "=" + value});
  }
  return support::run_feedctl(argv, options);
}

void MediaCluster::age_objects() const {
  for (const auto& entry : fs::recursive_directory_iterator(media())) {
    if (entry.is_regular_file())
      fs::last_write_time(entry.path(), entry.last_write_time() - std::chrono::hours{24 * 30});
  }
}

void MediaCluster::check_clean() const {
  age_objects();
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"media", "gc", "--grace", "0s", "--force"},
        std::vector<std::string>{"media", "verify", "--deep"}}) {
    const auto result = run(command);
    INFO(command[1] << ": " << result.out << result.err);
    CHECK(result.exit_code == 0);
  }
  if (settings_.count("media.directory") == 0) return;
  const auto found = objects();
  CHECK(std::set<std::string>(found.begin(), found.end()) == lines_of(sql(keys_of_rows)));
}

bool has_image_libraries() {
  static const std::string why_not = [] {
    const MediaCluster cluster({}, MediaCluster::Work::none);
    const auto user = cluster.add_user("probe");
    const auto answer =
        post_form(cluster.http(), avatar_path(user), Form().image("png"), as_user(user));
    return answer.status == 503 ? answer.body : std::string();
  }();
  if (!why_not.empty()) WARN("this build cannot process images: " << why_not);
  return why_not.empty();
}

}  // namespace feedctl::media_test
