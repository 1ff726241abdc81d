#include "feedctl/cli/resolved_command.hpp"

#include <deque>
#include <optional>

#include "base/closest_match.hpp"
#include "base/error.hpp"
#include "base/utf8.hpp"
#include "feedctl/cli/command_line.hpp"
#include "feedctl/cli/common_options.hpp"
#include "feedctl/cli/option_table.hpp"

namespace feedctl::cli {

namespace {

// The options of all commands, since any may stand before the command. An option name takes a value
// in all commands that have it, or in none.
class AllCommandOptions {
 public:
  AllCommandOptions() {
    for (const auto& command : commands()) {
      command.prepare(specs_.emplace_back());
      table_.add(specs_.back());
      add_common_options(specs_.emplace_back(), unused_common_, command.needs, true);
      table_.add(specs_.back());
    }
  }
  const OptionTable& table() const { return table_; }

 private:
  std::deque<Spec> specs_;
  CommonOptions unused_common_;
  OptionTable table_;
};

void require_utf8(const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (!utf8_length(arguments[i]))
      throw Error(ErrorCode::usage, "argument " + std::to_string(i + 1) + " is not valid UTF-8");
  }
}

class CommandResolver {
 public:
  explicit CommandResolver(const std::vector<std::string>& arguments) : arguments_(arguments) {}

  ResolvedCommand run() {
    while (at_ < arguments_.size()) {
      const auto& word = arguments_[at_++];
      if (resolved_.command && !has_subcommands_)
        resolved_.arguments.push_back(word);
      else if (options_ended_ || !is_option_word(word))
        on_word(word);
      else
        on_option(word);
    }
    return std::move(resolved_);
  }

 private:
  void on_word(const std::string& word) {
    const auto name = resolved_.command_path.empty() ? word : resolved_.command_path + " " + word;
    const auto* command = find_command(name);
    const bool has_subcommands = !subcommands_of(name).empty();
    if (!command && !has_subcommands) throw_unknown_command(word);
    resolved_.command = command;
    has_subcommands_ = has_subcommands;
    resolved_.command_path = name;
  }

  void on_option(const std::string& word) {
    resolved_.arguments.push_back(word);
    if (word == "--") {
      options_ended_ = true;
      return;
    }
    if (!all_options_) all_options_.emplace();
    if (find_option_awaiting_value(all_options_->table(), word) && at_ < arguments_.size())
      resolved_.arguments.push_back(arguments_[at_++]);
  }

  // After an unknown option the word may be its value, so that option is reported first.
  [[noreturn]] void throw_unknown_command(const std::string& word) const {
    if (all_options_) normalize_argv(all_options_->table(), resolved_.arguments);
    const auto near = closest_match(word, next_words(resolved_.command_path));
    const auto where =
        resolved_.command_path.empty() ? std::string() : resolved_.command_path + " ";
    Error error(ErrorCode::usage, "there is no command \"" + where + word + "\"");
    const auto help = "`feedctl " + where + "--help` lists the commands";
    std::move(error).with_hint(near.empty() ? help
                                            : "did you mean `feedctl " + where + near + "`?");
    throw error;
  }

  const std::vector<std::string>& arguments_;
  std::size_t at_ = 0;
  bool options_ended_ = false;
  bool has_subcommands_ = false;  // of resolved_.command: a later word may name one
  std::optional<AllCommandOptions> all_options_;
  ResolvedCommand resolved_;
};

}  // namespace

ResolvedCommand resolve_command(const std::vector<std::string>& arguments) {
  require_utf8(arguments);
  return CommandResolver(arguments).run();
}

}  // namespace feedctl::cli
