// feedctl completion: a script that asks `feedctl completion-words` at each Tab, so that it never
// grows stale.
#include <algorithm>

#include "base/error.hpp"
#include "feedctl/cli/command_line.hpp"
#include "feedctl/cli/common_options.hpp"
#include "feedctl/cli/invocation.hpp"
#include "feedctl/cli/resolved_command.hpp"
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

std::string values_of(const Option& option) {
  std::string out;
  for (const auto& choice : option.choices) add(out, choice, "");
  if (out.empty() && (option.metavar == "FILE" || option.metavar == "FOLDER")) return ":files\n";
  return out;
}

std::string next_word_lines(std::string_view prefix) {
  std::string out;
  for (const auto& word : next_words(prefix)) {
    const auto name = prefix.empty() ? word : std::string(prefix) + " " + word;
    const auto* command = find_command(name);
    add(out, word, command ? command->summary : "more commands");
  }
  return out;
}

// The command and its arguments so far, as far as the typed words can be parsed.
struct TypedCommand {
  explicit TypedCommand(const Words& typed) {
    try {
      const auto parsed = resolve_command(typed);
      command_path = parsed.command_path;
      command = parsed.command;
      if (command) command->prepare(spec);
      add_common_options(common_spec, common, command ? command->needs : unsigned{needs_config},
                         spec.offers_dry_run);
      table.add(spec);
      table.add(common_spec);
      if (!typed.empty()) option_awaiting_value = find_option_awaiting_value(table, typed.back());
      if (!option_awaiting_value && command)
        positional_arguments = normalize_argv(table, parsed.arguments).words;
    } catch (const Error&) {
      is_readable = false;
    }
  }
  TypedCommand(const TypedCommand&) = delete;
  TypedCommand& operator=(const TypedCommand&) = delete;

  bool is_readable = true;
  std::string command_path;  // "migrate", "migrate up"
  const Command* command = nullptr;
  Spec spec, common_spec;
  CommonOptions common;
  OptionTable table;
  const Option* option_awaiting_value = nullptr;  // the option whose value comes next
  Words positional_arguments;
};

std::string values_of_next_argument(const TypedCommand& typed) {
  std::size_t place = 0;
  for (const auto& option : typed.spec.options) {
    if (option.is_positional && place++ == typed.positional_arguments.size())
      return values_of(option);
  }
  return "";
}

// The words that may stand where the last of `all` stands.
std::string complete(Words all) {
  // bash cuts --name=value into three words.
  if (!all.empty() && all.back() == "=") all.back().clear();
  all.erase(std::remove(all.begin(), all.end(), "="), all.end());
  const auto current = all.empty() ? std::string() : all.back();
  if (!all.empty()) all.pop_back();

  const TypedCommand typed(all);
  if (!typed.is_readable) return "";
  if (typed.option_awaiting_value) return values_of(*typed.option_awaiting_value);
  if (current.empty() || current[0] != '-') {
    if (!typed.command) return next_word_lines(typed.command_path);
    if (typed.command->name == "help")
      return next_word_lines(
          typed.positional_arguments.empty() ? "" : typed.positional_arguments.back());
    if (auto values = values_of_next_argument(typed); !values.empty()) return values;
  }
  std::string out;
  if (typed.command && (current.empty() || current[0] != '-'))
    out = next_word_lines(typed.command->name);
  for (const auto* spec : {&typed.spec, &typed.common_spec}) {
    for (const auto& option : spec->options) {
      if (!option.is_positional) add(out, option.long_name(), option.help);
    }
  }
  return out;
}

}  // namespace

CommandFn completion(Spec& spec) {
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

CommandFn completion_words(Spec& spec) {
  auto words = std::make_shared<Words>();
  spec.argument("WORD", "the words typed so far; the last one may be incomplete", words.get())
      .allow_empty();
  return [words](Runtime& runtime) {
    runtime.print(complete(*words));
    return exit_ok;
  };
}

}  // namespace feedctl::cli
