#include <deque>
#include <optional>

#include "base/error.hpp"
#include "base/suggest.hpp"
#include "base/utf8.hpp"
#include "feedctl/frame/parse.hpp"
#include "feedctl/frame/scan.hpp"

namespace feedctl::cli {

namespace {

// The options of all commands: before the command is known, any may stand there. A name takes a
// value in each command that has it, or in none.
class AnyOption {
 public:
  AnyOption() {
    for (const auto& command : commands()) {
      command.prepare(specs_.emplace_back());
      table_.add(specs_.back());
      add_common_options(specs_.emplace_back(), unused_, command.needs, true);
      table_.add(specs_.back());
    }
  }
  const OptionTable& table() const { return table_; }

 private:
  std::deque<Spec> specs_;
  CommonOptions unused_;
  OptionTable table_;
};

void require_utf8(const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (!utf8_length(arguments[i]))
      throw Error(ErrorCode::usage, "argument " + std::to_string(i + 1) + " is not valid UTF-8");
  }
}

class Reader {
 public:
  explicit Reader(const std::vector<std::string>& arguments) : arguments_(arguments) {}

  Parsed run() {
    while (at_ < arguments_.size()) {
      const auto& word = arguments_[at_++];
      if (parsed_.command)
        parsed_.arguments.push_back(word);
      else if (only_words_ || !is_option_word(word))
        take_word(word);
      else
        take_option(word);
    }
    return std::move(parsed_);
  }

 private:
  void take_word(const std::string& word) {
    const auto name = parsed_.word.empty() ? word : parsed_.word + " " + word;
    parsed_.command = find_command(name);
    if (!parsed_.command && commands_below(name).empty()) unknown(word);
    parsed_.word = name;
  }

  void take_option(const std::string& word) {
    parsed_.arguments.push_back(word);
    if (word == "--") {
      only_words_ = true;
      return;
    }
    if (!any_) any_.emplace();
    if (awaits_value(any_->table(), word) && at_ < arguments_.size())
      parsed_.arguments.push_back(arguments_[at_++]);
  }

  // Behind an option that nobody knows the word may have been meant as its value.
  [[noreturn]] void unknown(const std::string& word) const {
    if (any_) scan(any_->table(), parsed_.arguments);
    const auto near = nearest(word, next_words(parsed_.word));
    const auto where = parsed_.word.empty() ? std::string() : parsed_.word + " ";
    Error error(ErrorCode::usage, "there is no command \"" + where + word + "\"");
    const auto help = "`feedctl " + where + "--help` lists the commands";
    std::move(error).with_hint(near.empty() ? help
                                            : "did you mean `feedctl " + where + near + "`?");
    throw error;
  }

  const std::vector<std::string>& arguments_;
  std::size_t at_ = 0;
  bool only_words_ = false;
  std::optional<AnyOption> any_;
  Parsed parsed_;
};

}  // namespace

Parsed read_command(const std::vector<std::string>& arguments) {
  require_utf8(arguments);
  return Reader(arguments).run();
}

}  // namespace feedctl::cli
