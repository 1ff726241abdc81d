#pragma once
// Declaration of a command's options and arguments, from which parsing, help and completion are
// made.
//
// A command's prepare function binds options to variables and returns the function that runs; it
// does no work itself. The variables must outlive the spec. For the main thread.
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace feedctl::cli {

class Runtime;
// Runs the command and returns the exit code; throws feedctl::Error.
using CommandFn = std::function<int(Runtime&)>;

using Target = std::variant<bool*, int*, std::int64_t*, std::size_t*, double*, std::string*,
                            std::optional<std::string>*, std::optional<std::int64_t>*,
                            std::chrono::milliseconds*, std::vector<std::string>*>;

struct Option {
  std::string names;    // "-n,--limit"; of an argument its name: "FILE"
  std::string metavar;  // "N"; "" for a switch
  std::string help;
  Target target;
  bool is_positional = false;  // an argument
  bool is_required = false;
  std::string key = {};  // the configuration key it sets; then `target` is not written
  bool has_bounds = false;
  double min = 0, max = 0;
  std::vector<std::string> choices = {};
  bool can_be_empty = false;  // else "" is an error, since it is usually an unset shell variable
  std::string default_text = {};  // the default as help shows it
  std::string env = {};           // shown in help

  Option& between(double min_value, double max_value) {
    has_bounds = true;
    min = min_value;
    max = max_value;
    return *this;
  }
  Option& one_of(std::vector<std::string> words) {
    choices = std::move(words);
    return *this;
  }
  Option& allow_empty() {
    can_be_empty = true;
    return *this;
  }
  Option& required() {
    is_required = true;
    return *this;
  }
  // The default that help shows, if it is not the variable's value.
  Option& shown_default(std::string text) {
    default_text = std::move(text);
    return *this;
  }
  bool is_switch() const { return metavar.empty() && !is_positional; }
  // "--limit" of "-n,--limit".
  std::string long_name() const;
};

struct Example {
  std::string comment;
  std::string line;
};

class Spec {
 public:
  // A switch: present or not.
  Option& flag(std::string names, std::string help, bool* target);
  // An option with a value. A vector collects repeated options; an optional stays empty if not
  // given.
  template <typename T>
  Option& value(std::string names, std::string metavar, std::string help, T* target) {
    return add({std::move(names), std::move(metavar), std::move(help), target});
  }
  // A positional argument; a vector takes all that remain.
  template <typename T>
  Option& argument(std::string name, std::string help, T* target) {
    auto& option = add({name, name, std::move(help), target});
    option.is_positional = true;
    return option;
  }
  // A flag for a configuration key: help, default, bounds and environment name are the key's.
  Option& key(std::string names, std::string_view key);
  // Offers --dry-run: the runtime then hands out transactions that roll back.
  void offer_dry_run() { offers_dry_run = true; }

  void about(std::string text) { description = std::move(text); }
  void example(std::string comment, std::string line) {
    examples.push_back({std::move(comment), std::move(line)});
  }
  void see_also(std::vector<std::string> commands) { related = std::move(commands); }

  std::deque<Option> options;  // a deque: references to its members stay valid
  std::vector<Example> examples;
  std::vector<std::string> related;
  std::string description;
  bool offers_dry_run = false;

 private:
  Option& add(Option option);
};

}  // namespace feedctl::cli
