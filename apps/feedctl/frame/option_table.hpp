#pragma once
// Options as CLI11 parses them: it knows their names, how many values each takes and which are
// needed. Only option_table.cpp includes CLI11.
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "feedctl/frame/spec.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace feedctl::cli {

struct CommandLine;

class OptionTable {
 public:
  using Take = std::function<void(const Option&, const std::vector<std::string>& values)>;

  // `hint` goes with every mistake that has none of its own.
  explicit OptionTable(std::string hint = "");
  ~OptionTable();

  // Names that are there already are left out. The spec must outlive the table.
  void add(const Spec& spec);
  // The option with the name "--limit", "-n" or "--no-gzip"; nullptr where there is none.
  const Option* find(std::string_view name) const;
  // What --name can be, for suggestions.
  std::vector<std::string> long_names() const;

  // Hands each given option to `take`, with the values of all its uses in their order; a switch
  // has "true" or "false". Returns the first needed option that is not given. Error(usage) where a
  // value is missing or a word is too many.
  const Option* parse(const CommandLine& line, Take take);

  Error mistake(const std::string& message) const;

 private:
  struct Declared {
    const Option* option;
    CLI::Option* parsed = nullptr;
  };
  void declare(const Option& option, const std::string& names);
  std::string unknown_names(const Option& option) const;
  void expect(const std::vector<std::string>& words);
  [[noreturn]] void refuse_surplus(const std::vector<std::string>& words) const;
  const Option* first_missing() const;

  std::string hint_;
  Take take_;
  std::unique_ptr<CLI::App> app_;
  std::deque<Declared> declared_;  // a deque: CLI11's callbacks point into it
};

}  // namespace feedctl::cli
