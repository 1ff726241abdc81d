// feedctl completion: a script that asks `feedctl completion-words` at each Tab, so that it never
// grows stale.
#include <algorithm>

#include "feedctl/frame/common_options.hpp"
#include "feedctl/frame/help_text.hpp"
#include "feedctl/runtime.hpp"

namespace feedctl::cli {

namespace {

constexpr std::string_view bash_script =
    R"(# bash completion for feedctl: source <(feedctl completion bash)
_feedctl() {
  local lines
  lines=$("${COMP_WORDS[0]}" completion-words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1)
  COMPREPLY=()
  if [[ $lines == :files ]]; then
    compopt -o default
    return
  fi
  local current=${COMP_WORDS[COMP_CWORD]}
  [[ $current == "=" ]] && current=
  local IFS=$'\n'
  COMPREPLY=($(compgen -W "$lines" -- "$current"))
}
complete -F _feedctl feedctl
)";

constexpr std::string_view zsh_script = R"(#compdef feedctl
# zsh completion for feedctl: source <(feedctl completion zsh), or save it as _feedctl in $fpath
_feedctl() {
  local -a lines
  lines=("${(@f)$("${words[1]}" completion-words -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ "$lines[1]" == ":files" ]]; then
    _files
    return
  fi
  lines=("${(@)lines//:/\\:}")
  lines=("${(@)lines/$'\t'/:}")
  _describe -t words feedctl lines
}
if [[ "$funcstack[1]" == "_feedctl" ]]; then
  _feedctl "$@"
else
  compdef _feedctl feedctl
fi
)";

constexpr std::string_view fish_script =
    R"(# fish completion for feedctl: feedctl completion fish | source
function __feedctl_words
  set -l typed (commandline -opc) (commandline -ct)
  set -l lines ($typed[1] completion-words -- $typed[2..-1] 2>/dev/null)
  if test "$lines" = ":files"
    __fish_complete_path (commandline -ct)
  else
    printf '%s\n' $lines
  end
end
complete -c feedctl -f -a '(__feedctl_words)'
)";

using Words = std::vector<std::string>;

void add(std::string& out, std::string_view word, std::string_view meaning) {
  out.append(word).append(meaning.empty() ? "" : "\t").append(meaning).append("\n");
}

const Option* option_named(const std::vector<const Option*>& options, const std::string& name) {
  for (const auto* option : options) {
    if (option->argument) continue;
    if (name == option->long_name() || name == option->names.substr(0, option->names.find(',')))
      return option;
  }
  return nullptr;
}

std::string values_of(const Option& option) {
  std::string out;
  for (const auto& choice : option.choices) add(out, choice, "");
  if (out.empty() && (option.metavar == "FILE" || option.metavar == "FOLDER")) return ":files\n";
  return out;
}

std::string words_of(std::string_view prefix) {
  std::string out;
  for (const auto& word : next_words(prefix)) {
    const auto name = prefix.empty() ? word : std::string(prefix) + " " + word;
    const auto* command = find_command(name);
    add(out, word, command ? command->summary : "more commands");
  }
  return out;
}

// The words that may stand where the last of `typed` stands.
std::string complete(Words typed) {
  // bash cuts --name=value into three words.
  if (!typed.empty() && typed.back() == "=") typed.back().clear();
  typed.erase(std::remove(typed.begin(), typed.end(), "="), typed.end());
  const auto current = typed.empty() ? std::string() : typed.back();
  if (!typed.empty()) typed.pop_back();

  std::string name;
  const Command* command = nullptr;
  std::size_t arguments = 0;
  for (const auto& word : typed) {
    if (!word.empty() && word[0] == '-') continue;
    if (command) {
      ++arguments;
      continue;
    }
    name.append(name.empty() ? "" : " ").append(word);
    command = find_command(name);
  }

  Spec spec, common;
  CommonOptions unused;
  if (command) command->prepare(spec);
  add_common_options(common, unused, command ? command->needs : unsigned{needs_config},
                     spec.offers_dry_run);
  std::vector<const Option*> options;
  for (const auto* part : {&spec, &common}) {
    for (const auto& option : part->options) options.push_back(&option);
  }

  const auto* before = typed.empty() ? nullptr : option_named(options, typed.back());
  if (before && !before->is_switch()) return values_of(*before);
  std::string out;
  if (current.empty() || current[0] != '-') {
    if (!command) return words_of(name);
    if (command->name == "help") return arguments == 0 ? words_of("") : words_of(typed.back());
    for (const auto* option : options) {
      if (option->argument && arguments-- == 0) out = values_of(*option);
    }
    if (!out.empty()) return out;
  }
  for (const auto* option : options) {
    if (!option->argument) add(out, option->long_name(), option->help);
  }
  return out;
}

}  // namespace

Run completion(Spec& spec) {
  auto shell = std::make_shared<std::string>();
  spec.argument("SHELL", "for which shell", shell.get()).one_of({"bash", "zsh", "fish"}).required();
  spec.example("in this shell only", "source <(feedctl completion bash)");
  spec.example("for all users, bash",
               "feedctl completion bash > /usr/share/bash-completion/completions/feedctl");
  spec.example("for all users, zsh",
               "feedctl completion zsh > /usr/share/zsh/vendor-completions/_feedctl");
  spec.example("for yourself, fish",
               "feedctl completion fish > ~/.config/fish/completions/feedctl.fish");
  return [shell](Runtime& runtime) {
    runtime.print(*shell == "bash" ? bash_script : *shell == "zsh" ? zsh_script : fish_script);
    return exit_ok;
  };
}

Run completion_words(Spec& spec) {
  auto words = std::make_shared<Words>();
  spec.argument("WORD", "what was typed, the last word perhaps in part", words.get());
  return [words](Runtime& runtime) {
    runtime.print(complete(*words));
    return exit_ok;
  };
}

}  // namespace feedctl::cli
