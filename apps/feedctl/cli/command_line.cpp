#include "feedctl/cli/command_line.hpp"

#include "base/closest_match.hpp"

namespace feedctl::cli {

namespace {

// One option word: "-qcf.yaml" is -q, -c and f.yaml.
struct SplitOption {
  std::vector<std::string> words;
  const Option* awaiting_value = nullptr;  // the last one, where its value is the next word of argv
};

[[noreturn]] void throw_unknown_option(const OptionTable& table, const std::string& name) {
  const auto near = closest_match(name, table.long_names());
  auto error = table.usage_error("there is no option " + name);
  if (!near.empty()) std::move(error).with_hint("did you mean " + near + "?");
  throw error;
}

const Option& find_or_throw(const OptionTable& table, const std::string& name,
                            const std::string& word) {
  const auto* option = table.find(name);
  if (!option) throw_unknown_option(table, word.substr(0, word.find('=')));
  return *option;
}

SplitOption split_long(const OptionTable& table, const std::string& word) {
  const auto equals = word.find('=');
  const auto name = word.substr(0, equals);
  const auto& option = find_or_throw(table, name, word);
  if (equals == std::string::npos) return {{name}, option.is_switch() ? nullptr : &option};
  if (option.is_switch()) throw table.usage_error(name + " takes no value");
  return {{name, word.substr(equals + 1)}};
}

// The first letter that takes a value has the rest of the word, or the next one.
SplitOption split_short(const OptionTable& table, const std::string& word) {
  SplitOption pieces;
  for (std::size_t i = 1; i < word.size(); ++i) {
    const std::string name{'-', word[i]};
    const bool whole = i == 1 || (word[i] & 0x80) != 0;  // half a letter names nothing
    const auto& option = find_or_throw(table, name, whole ? word : name);
    pieces.words.push_back(name);
    const bool attached = i + 1 < word.size();
    const bool equals = attached && word[i + 1] == '=';
    if (option.is_switch() && equals) throw table.usage_error(name + " takes no value");
    if (option.is_switch()) continue;
    if (attached)
      pieces.words.push_back(word.substr(i + (equals ? 2 : 1)));
    else
      pieces.awaiting_value = &option;
    break;
  }
  return pieces;
}

SplitOption split(const OptionTable& table, const std::string& word) {
  return word[1] == '-' ? split_long(table, word) : split_short(table, word);
}

}  // namespace

bool is_option_word(std::string_view word) {
  return word.size() > 1 && word[0] == '-';
}

const Option* find_option_awaiting_value(const OptionTable& table, const std::string& word) {
  if (!is_option_word(word)) return nullptr;
  try {
    return split(table, word).awaiting_value;
  } catch (const Error&) {
    return nullptr;
  }
}

CommandLine normalize_argv(const OptionTable& table, const std::vector<std::string>& arguments) {
  CommandLine line;
  bool only_words = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto& word = arguments[i];
    if (only_words || !is_option_word(word)) {
      line.argv.push_back(word);
      line.words.push_back(word);
    } else if (word == "--") {
      line.argv.push_back(word);
      only_words = true;
    } else {
      const auto pieces = split(table, word);
      line.argv.insert(line.argv.end(), pieces.words.begin(), pieces.words.end());
      if (pieces.awaiting_value && i + 1 < arguments.size()) line.argv.push_back(arguments[++i]);
    }
  }
  return line;
}

}  // namespace feedctl::cli
