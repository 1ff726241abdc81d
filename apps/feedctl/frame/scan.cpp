#include "feedctl/frame/scan.hpp"

#include <optional>

#include "base/error.hpp"
#include "base/suggest.hpp"

namespace feedctl::cli {

namespace {

std::string negation_of(const Option& option) {
  if (!option.is_switch() || option.key.empty()) return "";
  return "--no-" + option.long_name().substr(2);
}

std::string short_name(char letter) {
  return {'-', letter};
}

bool is_long(std::string_view word) {
  return word.substr(0, 2) == "--";
}

// "--name=value": the part before the equals sign.
std::string name_in(std::string_view word) {
  return std::string(word.substr(0, word.find('=')));
}

class Scanner {
 public:
  Scanner(const OptionTable& table, const std::vector<std::string>& arguments)
      : table_(table), arguments_(arguments) {}

  Scanned run() {
    bool only_words = false;
    while (at_ < arguments_.size()) {
      const auto& word = arguments_[at_++];
      if (only_words || !is_option_word(word))
        result_.words.push_back(word);
      else if (word == "--")
        only_words = true;
      else if (is_long(word))
        take_long(word);
      else
        take_cluster(word);
    }
    return std::move(result_);
  }

 private:
  void take_long(const std::string& word) {
    const auto name = name_in(word);
    const auto found = table_.find(name);
    if (!found.option) refuse_unknown_option(table_, name);
    std::optional<std::string> attached;
    if (name.size() < word.size()) attached = word.substr(name.size() + 1);
    if (!found.option->is_switch())
      return add(found, attached ? *attached : next_value(name, *found.option));
    if (attached) throw Error(ErrorCode::usage, name + " takes no value");
    add(found, "");
  }

  // "-qv" is two switches; the first that takes a value has the rest of the word, or the next one.
  void take_cluster(const std::string& word) {
    for (std::size_t i = 1; i < word.size(); ++i) {
      const auto name = short_name(word[i]);
      const auto found = table_.find(name);
      if (!found.option) refuse_unknown_option(table_, i == 1 ? word : name);
      const auto rest = word.substr(i + 1);
      if (!found.option->is_switch()) {
        if (rest.empty()) return add(found, next_value(name, *found.option));
        return add(found, rest.substr(rest[0] == '=' ? 1 : 0));
      }
      if (rest.substr(0, 1) == "=") throw Error(ErrorCode::usage, name + " takes no value");
      add(found, "");
    }
  }

  std::string next_value(const std::string& name, const Option& option) {
    if (at_ < arguments_.size()) return arguments_[at_++];
    throw Error(ErrorCode::usage, name + " expects a value: " + option.metavar);
  }

  void add(OptionTable::Match found, std::string value) {
    result_.options.push_back({found.option, found.negated, std::move(value)});
  }

  const OptionTable& table_;
  const std::vector<std::string>& arguments_;
  std::size_t at_ = 0;
  Scanned result_;
};

}  // namespace

void OptionTable::add(const Spec& spec) {
  for (const auto& option : spec.options) {
    if (!option.argument) options_.push_back(&option);
  }
}

OptionTable::Match OptionTable::find(std::string_view name) const {
  for (const auto* option : options_) {
    const auto comma = option->names.find(',');
    const bool has_short = comma != std::string::npos;
    if (name == option->long_name() || (has_short && name == option->names.substr(0, comma)))
      return {option, false};
    if (!name.empty() && name == negation_of(*option)) return {option, true};
  }
  return {};
}

const Option* OptionTable::awaits_value(std::string_view word) const {
  if (is_long(word)) {
    const auto* option = find(word).option;
    return option && !option->is_switch() ? option : nullptr;
  }
  for (std::size_t i = 1; i < word.size(); ++i) {
    const auto* option = find(short_name(word[i])).option;
    if (!option) return nullptr;
    if (!option->is_switch()) return i + 1 == word.size() ? option : nullptr;
  }
  return nullptr;
}

std::vector<std::string> OptionTable::long_names() const {
  std::vector<std::string> names;
  for (const auto* option : options_) {
    names.push_back(option->long_name());
    if (auto negation = negation_of(*option); !negation.empty())
      names.push_back(std::move(negation));
  }
  return names;
}

bool is_option_word(std::string_view word) {
  return word.size() > 1 && word[0] == '-';
}

Scanned scan(const OptionTable& table, const std::vector<std::string>& arguments) {
  return Scanner(table, arguments).run();
}

void refuse_unknown_option(const OptionTable& table, std::string_view word) {
  const auto name = name_in(word);
  const auto near = nearest(name, table.long_names());
  Error error(ErrorCode::usage, "there is no option " + name);
  if (!near.empty()) std::move(error).with_hint("did you mean " + near + "?");
  throw error;
}

}  // namespace feedctl::cli
