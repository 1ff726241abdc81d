#include "browser/console_fixture.hpp"

#include <cstdlib>
#include <stdexcept>

#include "base/json.hpp"
#include "dev_servers/pg_admin.hpp"
#include "support/json.hpp"
#include "support/web_session.hpp"

namespace feedctl {
namespace {

std::string sample_content() {
  return std::string(std::getenv("FEEDCTL_SOURCE")) + "/fixtures/sample_content.json";
}

// dev prints: PostgreSQL     psql 'URL'
std::string database_url(const std::string& output) {
  const std::string before = "psql '";
  const auto at = output.find(before);
  if (at == std::string::npos) throw std::runtime_error("dev names no database:\n" + output);
  const auto start = at + before.size();
  return output.substr(start, output.find('\'', start) - start);
}

// The newest event that creates an account. Workers may handle it twice: it changes nothing then.
std::string insert_dead_letter(const std::string& error) {
  constexpr const char* user_created = "7";
  return std::string(
             "INSERT INTO dead_events (kind, lane, subject, payload, attempts, crashes, error, "
             "created_at) SELECT 'event', 0, object, jsonb_build_object('id', id, 'at', "
             "to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), 'type', type, "
             "'shard', shard, 'actor', actor, 'object', object), 8, 0, '") +
         error + "', at FROM events WHERE type = " + user_created +
         " ORDER BY id DESC LIMIT 1 RETURNING id";
}

}  // namespace

ConsoleFixture::ConsoleFixture()
    : dev(support::start_dev(
          state.path(), port,
          {"--auth", "required", "--openid-port", std::to_string(openid_port)})) {
  run_command({"seed", "--fixtures", sample_content()});
  add_person(editor, "editor");
  add_person(other_editor, "editor");
  add_person(admin, "admin");
  add_person(newcomer, "user");
  for (const auto& error : dead_letter_errors) add_dead_letter(error);
}

std::string ConsoleFixture::url(const std::string& target) const {
  return "http://127.0.0.1:" + std::to_string(port) + target;
}

std::string ConsoleFixture::run_command(std::vector<std::string> arguments) const {
  arguments.insert(arguments.end(), {"--config", (state.path() / "feedctl.yaml").string()});
  const auto result = support::run_feedctl(arguments);
  if (result.exit_code == 0) return result.out;
  throw std::runtime_error("feedctl " + arguments.front() + ": " + result.err);
}

// Signs in once, which makes the account, and gives it the role.
void ConsoleFixture::add_person(const std::string& name, const std::string& role) const {
  support::WebSession session;
  const auto page = session.sign_in(url("/auth/login/dev"), name);
  if (page.response.status != 200)
    throw std::runtime_error(name + " cannot sign in: " + page.response.body);
  const auto tokens = json::parse(page.response.body);
  const auto handle = support::text_in(support::member_in(tokens, "user"), "handle");
  run_command({"users", "promote", "--handle", handle, "--role", role});
}

void ConsoleFixture::add_dead_letter(const std::string& error) const {
  const auto id = dev_servers::execute(database_url(dev->output()), insert_dead_letter(error));
  if (id.empty()) throw std::runtime_error("there is no event to make a dead letter of");
}

}  // namespace feedctl
