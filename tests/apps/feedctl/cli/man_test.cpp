// The manual: that help, manual, completion and the configuration's reference say the same of every
// command and option, and that programs which read roff find nothing wrong.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "config/content_type_options.hpp"
#include "config/oidc_options.hpp"
#include "config/options.hpp"
#include "config/reference.hpp"
#include "feedctl/cli/common_options.hpp"
#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/cli/help_text.hpp"
#include "feedctl/commands.hpp"
#include "feedctl/man/pages.hpp"
#include "feedctl/man/roff.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/temp_folder.hpp"

namespace {

using namespace feedctl;
using namespace feedctl::cli;
namespace fs = std::filesystem;
using support::run;
using support::run_feedctl;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::vector<std::string> words_of(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

// Text without line breaks and indentation, as help and roff wrap differently.
std::string joined(const std::string& text) {
  std::string all;
  for (const auto& word : words_of(text)) all += word + " ";
  return all;
}

// The lines of roff of one option, from its term to the next macro.
std::string item_of(const std::string& page, const std::string& term) {
  const auto begin = page.find(".TP\n" + term + "\n");
  if (begin == std::string::npos) return "";
  const auto text = begin + 5 + term.size();
  return joined(page.substr(text, page.find("\n.", text) - text));
}

std::string roff_term(const Option& option) {
  if (option.is_positional) return roff_italic(option.names);
  const auto names = roff_bold(option_names(option));
  return option.metavar.empty() ? names : names + " " + roff_italic(option.metavar);
}

// The options that completion offers behind the command.
std::vector<std::string> completed_options(const Command& command) {
  std::vector<std::string> argv{"completion-words", "--"};
  for (const auto& word : words_of(command.name)) argv.push_back(word);
  argv.emplace_back("-");
  const auto result = run_feedctl(argv);
  CHECK(result.exit_code == 0);
  std::vector<std::string> options;
  std::istringstream lines(result.out);
  for (std::string line; std::getline(lines, line);)
    options.push_back(line.substr(0, line.find('\t')));
  return options;
}

bool is_installed(const char* program) {
  const auto* path = std::getenv("PATH");
  std::istringstream folders(path ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (fs::exists(fs::path(folder) / program)) return true;
  }
  WARN("not tested with " << program << ": it is not installed");
  return false;
}

std::vector<std::string> page_files(const support::TempFolder& folder) {
  const auto written = run_feedctl({"man", "--folder", folder.path().string()});
  INFO(written.err);
  REQUIRE(written.exit_code == 0);
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
    if (entry.is_regular_file()) files.push_back(entry.path().string());
  }
  return files;
}

}  // namespace

TEST_CASE("help, manual and completion agree for every command and option") {
  const auto overview = overview_page().text;
  for (const auto& command : commands()) {
    if (command.group.empty()) continue;
    INFO(std::string(command.name));
    Spec spec, common;
    CommonOptions unused;
    command.prepare(spec);
    add_common_options(common, unused, command.needs, spec.offers_dry_run);
    const auto help = joined(help_of(command));
    const auto page = command_page(command);
    CHECK(page.name == page_name(command.name));
    CHECK(contains(page.text, roff_bold("feedctl " + std::string(command.name)) +
                                  roff_escaped(usage_arguments(spec)) + "\n"));
    CHECK(contains(help,
                   "Usage: feedctl " + joined(std::string(command.name) + usage_arguments(spec))));
    CHECK(contains(overview, roff_bold(page.name) + "(1)"));
    CHECK(contains(help_overview(), "  " + std::string(command.name) + " "));

    const auto completed = completed_options(command);
    std::size_t named = 0;
    for (const auto* of : {&spec, &common}) {
      for (const auto& option : of->options) {
        INFO(option.names);
        CHECK(contains(help, joined(option_names(option))));
        CHECK(contains(help, joined(option_meaning(option))));
        CHECK(item_of(page.text, roff_term(option)) == joined(roff_text(option_meaning(option))));
        if (option.is_positional) continue;
        ++named;
        CHECK(std::count(completed.begin(), completed.end(), option.long_name()) == 1);
      }
    }
    CHECK(completed.size() == named);
    for (const auto& example : spec.examples) {
      CHECK(contains(help, joined(example.line)));
      CHECK(contains(page.text, roff_escaped(example.line)));
    }
    for (const auto& code : exit_codes())
      CHECK(item_of(page.text, roff_bold(std::to_string(code.code))) ==
            joined(roff_text(code.meaning)));
  }
}

TEST_CASE("the manual of the configuration file has every key, as the reference and help have it") {
  const auto page = config_page().text;
  const auto reference = config::reference_markdown();
  std::size_t keys = 0;
  for (const auto& section : config::sections()) {
    CHECK(contains(page, ".SH " + std::string(section.name) + "\n"));
    for (const auto& option : config::reference_options(section)) {
      INFO(option.key);
      ++keys;
      const auto item = item_of(page, roff_bold(option.key));
      CHECK(contains(item, roff_bold(config::env_name(option.key))));
      CHECK(contains(reference, "| `" + option.key + "` | `" + config::env_name(option.key)));
      for (const auto alias : option.aliases) CHECK(contains(item, roff_bold(alias)));
      CHECK(contains(item, "reload") == option.is_reloadable);
    }
  }
  CHECK(keys >= config::options().size());
}

TEST_CASE("an option that sets a key names the variable and the key's page") {
  std::size_t options = 0;
  for (const auto& command : commands()) {
    Spec spec;
    command.prepare(spec);
    for (const auto& option : spec.options) {
      if (option.key.empty() || command.group.empty()) continue;
      INFO(std::string(command.name) << " " << option.names);
      ++options;
      REQUIRE(config::find_option(option.key) != nullptr);
      const auto page = command_page(command).text;
      CHECK(contains(page, roff_bold(config::env_name(option.key))));
      CHECK(contains(page, roff_bold("feedctl.yaml") + "(5)"));
    }
  }
  CHECK(options > 5);
}

TEST_CASE("each page that a page names exists, and no hidden command has one") {
  std::vector<std::string> names;
  const auto pages = man_pages();
  for (const auto& page : pages) names.push_back(page.name + "(" + page.section + ")");
  const auto has = [&](const std::string& name) {
    return std::count(names.begin(), names.end(), name) == 1;
  };
  for (const auto& page : pages) {
    INFO(page.name);
    const auto see_also = page.text.find(".SH SEE ALSO\n");
    REQUIRE(see_also != std::string::npos);
    for (auto name : words_of(page.text.substr(see_also + 13))) {
      if (name.back() == ',') name.pop_back();
      std::string plain;
      for (std::size_t at = 0; at < name.size(); ++at) {
        if (name.compare(at, 3, "\\fB") == 0 || name.compare(at, 3, "\\fR") == 0)
          at += 2;
        else if (name[at] != '\\')
          plain += name[at];
      }
      if (plain != "systemctl(1)" && plain != "journalctl(1)") CHECK(has(plain));
    }
  }
  for (const auto& command : commands())
    CHECK(has(page_name(command.name) + "(1)") == !command.group.empty());
  for (const auto* group : {"migrate", "users", "config", "dlq"})
    CHECK(has(page_name(group) + "(1)"));
  CHECK(has("feedctl(1)"));
  CHECK(has("feedctl.yaml(5)"));
}

TEST_CASE("mandoc and man find nothing wrong with any page") {
  const support::TempFolder folder;
  const auto files = page_files(folder);
  CHECK(files.size() == man_pages().size());
  if (is_installed("mandoc")) {
    std::vector<std::string> argv{"mandoc", "-T", "lint", "-W", "style"};
    argv.insert(argv.end(), files.begin(), files.end());
    const auto result = run(argv);
    CHECK(result.out + result.err == "");
  }
  if (is_installed("man") && is_installed("groff")) {
    support::RunOptions plain;
    plain.environment = {"LC_ALL=C.UTF-8", "MANROFFSEQ=", "MANWIDTH=80"};
    for (const auto& file : files) {
      INFO(file);
      const auto result =
          run({"man", "--warnings", "-E", "UTF-8", "-Tutf8", "-Z", "-l", file}, plain);
      CHECK(result.err == "");
    }
  }
}

TEST_CASE("text in a page reads as it was written, whatever it holds") {
  const std::string text = R"('quoted' "twice" -o --all a\b ~/x ^ $X .. C:\nrof \fBnot bold\fP)";
  RoffPage page(ManHeading{"feedctl-test", "1", "for this test"});
  page.section("DESCRIPTION").paragraphs(".so is no request\n\n'nor is this\n\n" + text);
  page.verbatim(".TH stays\n" + text + "\n'and this");
  page.item(roff_bold(".term"), text);
  if (!is_installed("mandoc")) return;
  const support::TempFolder folder;
  folder.write("page.1", page.text());
  const auto shown =
      run({"mandoc", "-T", "ascii", "-O", "width=200", (folder.path() / "page.1").string()});
  // Bold is a letter, a backspace and the letter again.
  std::string plain;
  for (const char c : shown.out) {
    if (c == '\b')
      plain.pop_back();
    else
      plain += c;
  }
  INFO(plain);
  for (const auto* expected :
       {".so is no request", "'nor is this", ".TH stays", "'and this", ".term"})
    CHECK(contains(plain, expected));
  std::size_t times = 0;
  for (auto at = plain.find(text); at != std::string::npos; at = plain.find(text, at + 1)) ++times;
  CHECK(times == 3);
}

TEST_CASE("a page that does not exist and a folder that cannot be written are errors with a hint") {
  const auto wrong = run_feedctl({"man", "feedctl-migrat-up"});
  CHECK(wrong.exit_code == exit_usage);
  CHECK(contains(wrong.err, "did you mean feedctl-migrate-up?"));
  const support::TempFolder folder;
  folder.write("file", "");
  const auto refused = run_feedctl({"man", "--folder", (folder.path() / "file").string()});
  CHECK(refused.exit_code == exit_failed);
  CHECK(contains(refused.err, "hint: "));
}
