#pragma once
// Splits argv as getopt_long does: options and plain words in any order, "--name value",
// "--name=value", "-n value", "-nvalue", "-n=value", "-qv"; after "--" every word is plain. A value
// is taken as it stands, whatever it looks like.
#include <string>
#include <string_view>
#include <vector>

#include "feedctl/frame/spec.hpp"

namespace feedctl::cli {

// The options of one or more specs by their names. The specs must outlive it.
class OptionTable {
 public:
  struct Match {
    const Option* option = nullptr;  // nullptr: there is none
    bool negated = false;            // "--no-gzip"
  };

  void add(const Spec& spec);
  Match find(std::string_view name) const;  // "--limit", "-n"
  // The option in `word` that takes the next word of argv as its value; nullptr where none does.
  const Option* awaits_value(std::string_view word) const;
  // What --name can be, for suggestions.
  std::vector<std::string> long_names() const;

 private:
  std::vector<const Option*> options_;
};

// "--limit" and "-5", but neither "-" nor "5".
bool is_option_word(std::string_view word);

struct ScannedOption {
  const Option* option;
  bool negated;
  std::string value;  // "" of a switch
};

struct Scanned {
  std::vector<ScannedOption> options;
  std::vector<std::string> words;
};

// Error(usage) where an option is unknown, misses its value or is a switch with one.
Scanned scan(const OptionTable& table, const std::vector<std::string>& arguments);

// Error(usage) for an option that `table` does not hold.
[[noreturn]] void refuse_unknown_option(const OptionTable& table, std::string_view word);

}  // namespace feedctl::cli
