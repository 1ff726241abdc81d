#pragma once
// Options declared to CLI11, and the parser over them. Only option_table.cpp includes CLI11.
//
// The specs must outlive it. For the main thread. Every mistake is an Error(usage).
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "feedctl/cli/spec.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace feedctl::cli {

struct CommandLine;

class OptionTable {
 public:
  using OnOption = std::function<void(const Option&, const std::vector<std::string>& values)>;

  // `hint`: for errors without a hint of their own.
  explicit OptionTable(std::string hint = "");
  ~OptionTable();

  // Skips names that are declared already.
  void add(const Spec& spec);
  // The option with the name "--limit", "-n" or "--no-gzip"; nullptr if there is none.
  const Option* find(std::string_view name) const;
  // All long names, for suggestions.
  std::vector<std::string> long_names() const;

  // Calls `on_option` for each given option with all its values in order; the value of a switch is
  // "true" or "false". Returns the first required option that is not given. Error(usage) for a
  // missing value or an extra word.
  const Option* parse(const CommandLine& line, OnOption on_option);

  Error usage_error(const std::string& message) const;

 private:
  struct DeclaredOption {
    const Option* option;
    CLI::Option* cli_option = nullptr;
  };
  void declare(const Option& option, const std::string& names);
  std::string undeclared_names(const Option& option) const;
  void expect_arguments(const std::vector<std::string>& words);
  [[noreturn]] void reject_extra_arguments(const std::vector<std::string>& words) const;
  const Option* first_missing() const;

  std::string hint_;
  OnOption on_option_;
  std::unique_ptr<CLI::App> app_;
  std::deque<DeclaredOption> declared_;  // a deque: CLI11's callbacks point into it
};

}  // namespace feedctl::cli
