#pragma once
// What a command takes, said once: parsing, help and completions all read it. A command's prepare
// function declares its options into plain variables and returns what runs; it does no work.
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
// Does the work and returns the exit code; throws feedctl::Error.
using Run = std::function<int(Runtime&)>;

using Target = std::variant<bool*, int*, std::int64_t*, std::size_t*, double*, std::string*,
                            std::optional<std::string>*, std::optional<std::int64_t>*,
                            std::chrono::milliseconds*, std::vector<std::string>*>;

struct Option {
  std::string names;    // "-n,--limit"; of an argument its name: "FILE"
  std::string metavar;  // "N"; "" for a switch
  std::string help;
  Target target;
  bool argument = false;  // stands without a name
  bool needed = false;
  std::string key = {};  // the configuration key it sets; then `target` is not written
  bool bounded = false;
  double least = 0, most = 0;
  std::vector<std::string> choices = {};
  bool may_be_empty = false;  // else "" is refused: most often it is a shell variable nobody set
  std::string standard = {};  // the default as help shows it
  std::string env = {};       // shown in help

  Option& between(double lowest, double highest) {
    bounded = true;
    least = lowest;
    most = highest;
    return *this;
  }
  Option& one_of(std::vector<std::string> words) {
    choices = std::move(words);
    return *this;
  }
  Option& allow_empty() {
    may_be_empty = true;
    return *this;
  }
  Option& required() {
    needed = true;
    return *this;
  }
  // What help shows as the default, where it is not what the variable holds.
  Option& shown_default(std::string text) {
    standard = std::move(text);
    return *this;
  }
  bool is_switch() const { return metavar.empty() && !argument; }
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
  // An option with a value. A vector collects repeated ones; an optional tells "not given" apart.
  template <typename T>
  Option& value(std::string names, std::string metavar, std::string help, T* target) {
    return add({std::move(names), std::move(metavar), std::move(help), target});
  }
  // A word without a name, in order; a vector takes the rest.
  template <typename T>
  Option& argument(std::string name, std::string help, T* target) {
    auto& option = add({name, name, std::move(help), target});
    option.argument = true;
    return option;
  }
  // A flag for a configuration key: help, default, bounds and environment name are the key's.
  Option& key(std::string names, std::string_view key);
  // Offers --dry-run: the runtime then hands out transactions that roll back.
  void dry_run() { offers_dry_run = true; }

  void about(std::string text) { description = std::move(text); }
  void example(std::string comment, std::string line) {
    examples.push_back({std::move(comment), std::move(line)});
  }
  void see_also(std::vector<std::string> commands) { related = std::move(commands); }

  std::deque<Option> options;  // a deque: references to its members stay good
  std::vector<Example> examples;
  std::vector<std::string> related;
  std::string description;
  bool offers_dry_run = false;

 private:
  Option& add(Option option);
};

}  // namespace feedctl::cli
