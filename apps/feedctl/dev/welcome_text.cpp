#include "feedctl/dev/welcome_text.hpp"

#include <sstream>

#include "sql/dev.hpp"
#include "store/database.hpp"

namespace feedctl::cli {

namespace {

struct SampleEntities {
  std::string reader, reader_handle, author, author_handle, post;
};

SampleEntities load_samples(const dev_servers::DevServers& servers) {
  store::Options options;
  options.url = Secret<std::string>(servers.postgres().url());
  options.application_name = "feedctl.dev";
  store::Database database(std::move(options));
  const auto rows = database.read(sql::dev::cast);
  const auto row = rows.single_row();
  const auto text = [&row](int column) { return row.maybe_text(column).value_or(""); };
  return {text(0), text(1), text(2), text(3), text(4)};
}

class CurlExamples {
 public:
  explicit CurlExamples(std::string base) : base_(std::move(base)) {}
  void get(const std::string& why, const std::string& target, const std::string& actor = "") {
    text_ << "  # " << why << "\n  curl -s " << actor_header(actor) << "'" << base_ << target
          << "'\n";
  }
  void post(const std::string& why, const std::string& target, const std::string& body,
            const std::string& actor = "") {
    const auto what = body.empty() ? std::string("-X POST ") : "--json '" + body + "' ";
    text_ << "  # " << why << "\n  curl -s " << actor_header(actor) << what << base_ << target
          << "\n";
  }
  std::string str() const { return text_.str(); }

 private:
  static std::string actor_header(const std::string& actor) {
    return actor.empty() ? "" : "-H 'X-User-Id: " + actor + "' ";
  }
  std::string base_;
  std::ostringstream text_;
};

}  // namespace

std::string welcome_text(const dev_servers::DevServers& servers,
                         const std::filesystem::path& config, int port) {
  const auto base = "http://127.0.0.1:" + std::to_string(port);
  std::ostringstream text;
  text << "\nfeedctl is ready: " << base << "\n\n"
       << "  configuration  " << config.string() << "  (feedctl doctor --config ...)\n"
       << "  PostgreSQL     psql '" << servers.postgres().owner_url() << "'\n";
  if (servers.has_redis()) {
    text << "  Redis          redis-cli -s '" << servers.redis().socket_path().string() << "'\n";
  }
  text << "  logs           " << (servers.data_dir() / "log").string()
       << "\n\nTry, in another shell:\n\n";

  const auto cast = load_samples(servers);
  CurlExamples lines(base);
  lines.get("what is liked most today", "/v1/feed/hot?limit=3");
  lines.post("a new user", "/v1/users", R"({"handle": "newcomer"})");
  if (!cast.author.empty()) {
    const auto& reader = cast.reader_handle;
    const auto& author = cast.author_handle;
    lines.post(reader + " follows " + author, "/v1/users/" + cast.author + "/follow", "",
               cast.reader);
    lines.post(author + " writes", "/v1/posts", R"({"text": "hello from )" + author + R"("})",
               cast.author);
    lines.get("and " + reader + " has it in the feed", "/v1/feed?limit=3", cast.reader);
  }
  if (!cast.post.empty()) {
    lines.post("a like, which the first line shows a second later", "/v1/likes",
               R"({"post_id": )" + cast.post + "}", cast.reader);
    lines.post("a view, which counts once a day", "/v1/views", R"({"postId": )" + cast.post + "}",
               cast.reader);
  }
  text << lines.str() << "\nCtrl-C ends it; the data stay.\n";
  return text.str();
}

}  // namespace feedctl::cli
