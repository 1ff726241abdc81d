// Every option of every command, in every place and with hostile values: the table of commands is
// read as the program reads it, so a command that is added is tested too.
#include "config/options.hpp"

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "config/option_values.hpp"
#include "config/units.hpp"
#include "feedctl/cli/invocation.hpp"
#include "feedctl/cli/resolved_command.hpp"
#include "feedctl/commands.hpp"
#include "support/catch.hpp"

namespace {

using namespace feedctl;
using namespace feedctl::cli;
using Words = std::vector<std::string>;

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

std::string joined(const Words& words) {
  std::string text;
  for (const auto& word : words) text += "<" + word + ">";
  return text;
}

// Returns the value of an option's variable as text.
std::string held(const Option& option) {
  return std::visit(
      Overloaded{[](const bool* v) { return std::string(v != nullptr && *v ? "true" : "false"); },
                 [](const std::string* v) { return "<" + *v + ">"; },
                 [](const std::optional<std::string>* v) { return *v ? "<" + **v + ">" : "unset"; },
                 [](const std::optional<std::int64_t>* v) {
                   return *v ? std::to_string(**v) : std::string("unset");
                 },
                 [](const std::chrono::milliseconds* v) { return std::to_string(v->count()); },
                 [](const Words* v) { return joined(*v); },
                 [](const auto* v) { return std::to_string(*v); }},
      option.target);
}

using OptionValues = std::map<std::string, std::string>;

std::string format_state(const OptionValues& state) {
  std::string text;
  for (const auto& [name, value] : state) text += name + " " + value + "\n";
  return text;
}

// Reads a whole command line, as main() does.
struct ParsedLine {
  explicit ParsedLine(const Words& argv) : parsed(resolve_command(argv)) {
    if (parsed.command) parse(*parsed.command, parsed.arguments, invocation);
  }

  OptionValues state() const {
    OptionValues all;
    for (const auto* spec : {&invocation.common_spec, &invocation.spec}) {
      for (const auto& option : spec->options) {
        if (option.key.empty()) all[option.long_name()] = held(option);
      }
    }
    for (const auto& flag : invocation.flags) {
      if (flag.flag != "--set") all[flag.flag] = "<" + flag.value + ">";
    }
    return all;
  }

  ResolvedCommand parsed;
  Invocation invocation;
};

struct DeclaredOptions {
  explicit DeclaredOptions(const Command& command) {
    command.prepare(spec);
    add_common_options(common_spec, common, command.needs, spec.offers_dry_run);
    for (const auto* part : {&common_spec, &spec}) {
      for (const auto& option : part->options) options.push_back(&option);
    }
  }
  CommonOptions common;
  Spec spec, common_spec;
  std::vector<const Option*> options;
};

bool is_text(const Option& option) {
  const bool text = std::holds_alternative<std::string*>(option.target) ||
                    std::holds_alternative<std::optional<std::string>*>(option.target) ||
                    std::holds_alternative<Words*>(option.target);
  return text && option.key.empty() && option.choices.empty() && option.long_name() != "--set";
}

bool is_duration(const Option& option) {
  return std::holds_alternative<std::chrono::milliseconds*>(option.target) && option.key.empty();
}

// A value that is good for the option.
std::string valid_value(const Option& option) {
  if (!option.choices.empty()) return option.choices.back();
  if (option.long_name() == "--set") return "auth.issuer=somebody";
  if (is_duration(option)) return "5s";
  if (!option.key.empty()) {
    const auto* known = config::find_option(option.key);
    return known->rule == "percent" ? "5%" : config::type_name(*known) == "number" ? "7" : "word";
  }
  return is_text(option) ? "a word" : "7";
}

std::string formatted_value_of(const Option& option, const std::string& value) {
  if (option.is_switch()) return option.key.empty() ? "true" : "<true>";
  if (is_duration(option)) return "5000";
  const bool text = is_text(option) || !option.choices.empty() || option.long_name() == "--set";
  if (text || !option.key.empty()) return "<" + value + ">";
  return std::holds_alternative<double*>(option.target) ? value + ".000000" : value;
}

Words command_words(const Command& command) {
  std::istringstream in{std::string(command.name)};
  Words words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

Words plain_words(const DeclaredOptions& declared) {
  Words words;
  for (const auto* option : declared.options) {
    if (!option->is_positional) continue;
    words.push_back(option->choices.empty() ? "12" : option->choices.front());
    if (std::holds_alternative<Words*>(option->target)) words.emplace_back("34");
  }
  return words;
}

std::size_t positional_count(const DeclaredOptions& declared) {
  return static_cast<std::size_t>(
      std::count_if(declared.options.begin(), declared.options.end(),
                    [](const Option* option) { return option->is_positional; }));
}

Words needed_options(const DeclaredOptions& declared, const Option* but) {
  Words words;
  for (const auto* option : declared.options) {
    if (option->is_positional || !option->is_required || option == but) continue;
    words.push_back(option->long_name());
    words.push_back(valid_value(*option));
  }
  return words;
}

Words names_of(const Option& option) {
  const auto comma = option.names.find(',');
  if (comma == std::string::npos) return {option.names};
  return {option.names.substr(0, comma), option.names.substr(comma + 1)};
}

// The ways to write an option with a value.
std::vector<Words> spellings_of(const Option& option, const std::string& value) {
  std::vector<Words> forms;
  for (const auto& name : names_of(option)) {
    if (option.is_switch()) {
      forms.push_back({name});
      continue;
    }
    forms.push_back({name, value});
    forms.push_back({name + "=" + value});
    const bool is_short = name[1] != '-';
    if (is_short && value.substr(0, 1) != "=") forms.push_back({name + value});
  }
  return forms;
}

Words with_inserted(const Words& words, std::size_t at, const Words& more) {
  Words all(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(at));
  all.insert(all.end(), more.begin(), more.end());
  all.insert(all.end(), words.begin() + static_cast<std::ptrdiff_t>(at), words.end());
  return all;
}

Words operator+(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

// What was read, or the error that was thrown.
OptionValues state_of(const Words& argv, const Command& command) {
  try {
    const ParsedLine line(argv);
    if (line.parsed.command != &command) return {{"command", line.parsed.command_path}};
    return line.state();
  } catch (const Error& error) {
    return {{"error", error.what()}};
  }
}

// In each spelling, before each word and behind the last one.
void check_everywhere(const Command& command, const DeclaredOptions& declared, const Option& option,
                      const std::string& value, bool only_last = false) {
  const auto words = command_words(command) + plain_words(declared);
  const auto needed = needed_options(declared, &option);
  auto expected = state_of(words + needed_options(declared, nullptr), command);
  REQUIRE(expected.count("error") == 0);
  expected[option.long_name()] = formatted_value_of(option, value);
  for (const auto& form : spellings_of(option, value)) {
    for (std::size_t at = only_last ? words.size() : 0; at <= words.size(); ++at) {
      const auto argv = with_inserted(words, at, form) + needed;
      const auto read = state_of(argv, command);
      if (read == expected) continue;
      INFO(joined(argv));
      CHECK(format_state(read) == format_state(expected));
      return;
    }
  }
}

}  // namespace

TEST_CASE("every option may appear before and after every word of its command") {
  std::size_t options = 0;
  for (const auto& command : commands()) {
    const DeclaredOptions declared(command);
    for (const auto* option : declared.options) {
      if (option->is_positional) continue;
      check_everywhere(command, declared, *option, valid_value(*option));
      ++options;
    }
  }
  CHECK(options > 250);
}

TEST_CASE("the value of a text option is taken literally, whatever it looks like") {
  const Words hostile{"[a,b]",   "[Ada, Countess]", "{}",       "{a: b}", "-x",  "--",
                      "--help",  "\"quoted\"",      "'quoted'", "`x`",    "a=b", "=",
                      " before", "behind ",         "@file",    "a,b",    "\\n", "%s$HOME",
                      "a\nb",    "\u00fcn\u00ef",   "-",        "serve",  "[]",  "\"\""};
  std::size_t options = 0;
  for (const auto& command : commands()) {
    const DeclaredOptions declared(command);
    for (const auto* option : declared.options) {
      if (option->is_positional || !is_text(*option)) continue;
      for (const auto& value : hostile) check_everywhere(command, declared, *option, value, true);
      ++options;
    }
  }
  CHECK(options > 60);
}

TEST_CASE("words after -- are positional, whatever they look like") {
  const Words hostile{"[a,b]", "-x", "--", "--help", "@file", " a ", "{}"};
  for (const auto& command : commands()) {
    const DeclaredOptions declared(command);
    for (const auto* option : declared.options) {
      if (!option->is_positional || !option->choices.empty()) continue;
      for (const auto& value : hostile) {
        auto argv = command_words(command) + Words{"--"};
        argv.insert(argv.end(), positional_count(declared), value);
        INFO(joined(argv));
        CHECK(state_of(argv, command)[option->long_name()] == "<" + value + ">");
      }
    }
  }
}

TEST_CASE("the last occurrence of an option wins, including the --no form of a switch") {
  std::size_t switches = 0;
  for (const auto& command : commands()) {
    const DeclaredOptions declared(command);
    for (const auto* option : declared.options) {
      if (!option->is_switch() || option->key.empty()) continue;
      const auto yes = option->long_name(), no = "--no-" + yes.substr(2);
      const auto words = command_words(command);
      INFO(joined(words) << yes);
      CHECK(state_of(words + Words{yes, yes, no}, command)[yes] == "<false>");
      CHECK(state_of(Words{no} + words + Words{no, yes}, command)[yes] == "<true>");
      ++switches;
    }
  }
  CHECK(switches > 0);
  const auto* show = find_command("config show");
  REQUIRE(show != nullptr);
  CHECK(state_of({"-o", "json", "config", "show", "-ojsonl"}, *show)["--output"] == "<jsonl>");
}

TEST_CASE("an empty value is refused by every option that does not allow it") {
  Words may;
  for (const auto& command : commands()) {
    const DeclaredOptions declared(command);
    for (const auto* option : declared.options) {
      if (option->is_switch()) continue;
      const auto given = option->is_positional ? Words{""} : Words{option->long_name(), ""};
      const auto argv = command_words(command) + given + needed_options(declared, option);
      const auto read = state_of(argv, command);
      INFO(joined(argv));
      if (read.count("error") == 0)
        may.push_back(std::string(command.name) + " " + option->long_name());
    }
  }
  CHECK(may == Words{"users create --name", "completion-words WORD"});
}

TEST_CASE("what is no number or duration is refused by every option that takes one") {
  const Words hostile{" 5",  "5 ",  "+5",  "0x10", "1e3", "[5]", "5,6",   "5;",
                      "nan", "inf", "--5", "1_0",  "5 s", "5S",  "\u0665"};
  for (const auto& command : commands()) {
    const DeclaredOptions declared(command);
    for (const auto* option : declared.options) {
      if (option->is_switch() || is_text(*option) || !option->choices.empty()) continue;
      if (option->long_name() == "--set") continue;
      if (!option->key.empty() && config::type_name(*config::find_option(option->key)) == "text")
        continue;
      for (const auto& value : hostile) {
        const auto argv = command_words(command) + Words{option->long_name() + "=" + value} +
                          plain_words(declared) + needed_options(declared, option);
        INFO(joined(argv));
        CHECK(state_of(argv, command).count("error") == 1);
      }
    }
  }
}

TEST_CASE("a name takes a value in every command that has it, or in none") {
  std::map<std::string, bool> takes_value;
  for (const auto& command : commands()) {
    const DeclaredOptions declared(command);
    for (const auto* option : declared.options) {
      if (option->is_positional) continue;
      for (const auto& name : names_of(*option)) {
        INFO(command.name << " " << name);
        const auto [known, fresh] = takes_value.emplace(name, !option->is_switch());
        CHECK(known->second == !option->is_switch());
      }
    }
  }
}

TEST_CASE("arguments that are not UTF-8 are refused wherever they appear") {
  for (const auto& argv : {Words{"\xff"}, Words{"users", "create", "--name", "a\xfe"},
                           Words{"--config=\x80", "config", "show"}}) {
    CHECK_THROWS_AS(resolve_command(argv), Error);
  }
}
