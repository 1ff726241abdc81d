#include "feedctl/dev/welcome_text.hpp"

#include <sstream>
#include <vector>

#include "base/text.hpp"
#include "feedctl/dev/data_dir.hpp"
#include "feedctl/dev/subprocesses.hpp"
#include "images/image_processor.hpp"
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

std::string shell_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

struct Person {
  std::string id;
  std::string handle;
};

// Names the actor of a request: by X-User-Id, or by a token where the server demands one.
class ActorHeader {
 public:
  ActorHeader(std::filesystem::path config, bool has_tokens)
      : config_(std::move(config)), has_tokens_(has_tokens) {}

  std::string of(const Person& person) const {
    if (person.id.empty()) return "";
    if (!has_tokens_) return "-H 'X-User-Id: " + person.id + "' ";
    return "-H \"Authorization: Bearer $(" + token_command(person) + ")\" ";
  }
  // The token itself, so that the line works wherever it is pasted.
  std::string with_new_token(const Person& person) const {
    std::istringstream output(feedctl_output(token_arguments(person), config_));
    std::string token;
    while (std::getline(output, token) && token.compare(0, 3, "eyJ") != 0) continue;
    return "-H 'Authorization: Bearer " + token + "' ";
  }

 private:
  static std::vector<std::string> token_arguments(const Person& person) {
    return {"users", "token", "--handle", person.handle, "--ttl", "1h"};
  }
  std::string token_command(const Person& person) const {
    return shell_quoted(feedctl_program().string()) + " " + join(token_arguments(person), " ") +
           " --config " + shell_quoted(config_.string());
  }

  std::filesystem::path config_;
  bool has_tokens_;
};

class CurlExamples {
 public:
  CurlExamples(std::string base, ActorHeader actors)
      : base_(std::move(base)), actors_(std::move(actors)) {}

  void get(const std::string& why, const std::string& target, const Person& actor = {}) {
    add(why, actors_.of(actor) + "'" + base_ + target + "'");
  }
  void get_with_new_token(const std::string& why, const std::string& target, const Person& actor) {
    add(why, actors_.with_new_token(actor) + "'" + base_ + target + "'");
  }
  void post(const std::string& why, const std::string& target, const std::string& body,
            const Person& actor = {}) {
    const auto what = body.empty() ? std::string("-X POST ") : "--json '" + body + "' ";
    add(why, actors_.of(actor) + what + base_ + target);
  }
  void post_form(const std::string& why, const std::string& target,
                 const std::vector<std::string>& fields, const Person& actor) {
    std::string form;
    for (const auto& field : fields) form += "-F " + shell_quoted(field) + " ";
    add(why, actors_.of(actor) + form + base_ + target);
  }
  std::string str() const { return text_; }

 private:
  void add(const std::string& why, const std::string& arguments) {
    text_ += "  # " + why + "\n  curl -s " + arguments + "\n";
  }

  std::string base_;
  ActorHeader actors_;
  std::string text_;
};

void add_image(CurlExamples& lines, const Person& author, const std::filesystem::path& data_dir) {
  if (author.id.empty() || !images::ImageProcessor::is_available()) return;
  lines.post_form(author.handle + " posts a photo; `image` has its link", "/v1/posts",
                  {"text=an evening at the lake", "image=@" + sample_photo(data_dir).string()},
                  author);
}

void add_examples(CurlExamples& lines, const SampleEntities& cast, bool has_tokens) {
  const Person reader{cast.reader, cast.reader_handle};
  const Person author{cast.author, cast.author_handle};
  lines.get("what is liked most today", "/v1/feed/hot?limit=3");
  if (!has_tokens) {
    lines.post("a new user", "/v1/users", R"({"handle": "newcomer"})");
  } else if (!reader.id.empty()) {
    lines.get_with_new_token("a request of " + reader.handle + "; the token is good for an hour",
                             "/auth/me", reader);
  }
  if (!author.id.empty()) {
    lines.post(reader.handle + " follows " + author.handle, "/v1/users/" + author.id + "/follow",
               "", reader);
    lines.post(author.handle + " writes", "/v1/posts",
               R"({"text": "hello from )" + author.handle + R"("})", author);
    lines.get("and " + reader.handle + " has it in the feed", "/v1/feed?limit=3", reader);
  }
  if (!cast.post.empty()) {
    lines.post("a like, which the first line shows a second later", "/v1/likes",
               R"({"post_id": )" + cast.post + "}", reader);
    lines.post("a view, which counts once a day", "/v1/views", R"({"postId": )" + cast.post + "}",
               reader);
  }
}

}  // namespace

std::string welcome_text(const dev_servers::DevServers& servers,
                         const std::filesystem::path& config, const WelcomeOptions& options,
                         const dev_openid::Options& provider) {
  const bool needs_tokens = options.needs_tokens;
  const auto base = "http://127.0.0.1:" + std::to_string(options.port);
  std::ostringstream text;
  text << "\nfeedctl is ready: " << base << "\n\n"
       << "  console        " << base << "/admin/  (sign in as admin or editor, no password)\n"
       << "  API            " << base << "/api/docs/\n";
  if (needs_tokens) {
    text << "  sign in        " << base << "/auth/login/dev  (choose anyone, without a password)\n";
  }
  text << "  configuration  " << config.string() << "  (feedctl doctor --config ...)\n"
       << "  PostgreSQL     psql '" << servers.postgres().owner_url() << "'\n";
  if (servers.has_redis()) {
    text << "  Redis          redis-cli -s '" << servers.redis().socket_path().string() << "'\n";
  }
  if (options.prometheus_port != 0)
    text << "  Prometheus     http://127.0.0.1:" << options.prometheus_port << "\n";
  text << "  OpenID         " << dev_openid::issuer_of(provider) << "\n"
       << "  logs           " << (servers.data_dir() / "log").string()
       << "\n\nTry, in another shell:\n\n";

  CurlExamples lines(base, ActorHeader(config, needs_tokens));
  const auto samples = load_samples(servers);
  add_examples(lines, samples, needs_tokens);
  add_image(lines, {samples.author, samples.author_handle}, servers.data_dir());
  text << lines.str() << "\nCtrl-C ends it; the data stay.\n";
  return text.str();
}

}  // namespace feedctl::cli
