#include "feedctl/cli/option_table.hpp"

#include <CLI/CLI.hpp>

#include "feedctl/cli/command_line.hpp"

namespace feedctl::cli {

namespace {

bool takes_multiple_values(const Option& option) {
  return std::holds_alternative<std::vector<std::string>*>(option.target);
}

// As CLI11 writes them: "!--no-gzip" is the switch's negation.
std::vector<std::string> names_of(const Option& option) {
  std::vector<std::string> names;
  const auto comma = option.names.find(',');
  if (comma != std::string::npos) names.push_back(option.names.substr(0, comma));
  names.push_back(option.long_name());
  if (option.is_switch() && !option.key.empty())
    names.push_back("!--no-" + option.long_name().substr(2));
  return names;
}

}  // namespace

OptionTable::OptionTable(std::string hint)
    : hint_(std::move(hint)), app_(std::make_unique<CLI::App>()) {
  app_->set_help_flag();
}

OptionTable::~OptionTable() = default;

Error OptionTable::usage_error(const std::string& message) const {
  Error error(ErrorCode::usage, message);
  std::move(error).with_hint(hint_);
  return error;
}

void OptionTable::add(const Spec& spec) {
  for (const auto& option : spec.options) {
    const auto names = option.is_positional ? "argument" + std::to_string(declared_.size())
                                            : undeclared_names(option);
    if (!names.empty()) declare(option, names);
  }
}

std::string OptionTable::undeclared_names(const Option& option) const {
  std::string names;
  for (const auto& name : names_of(option)) {
    if (!find(name.substr(name[0] == '!' ? 1 : 0)))
      names.append(names.empty() ? "" : ",").append(name);
  }
  return names;
}

// Each use of an option takes exactly one word: an option that could take more would swallow the
// words behind it and read "[a,b]" as a list.
void OptionTable::declare(const Option& option, const std::string& names) {
  auto& declared = declared_.emplace_back(DeclaredOption{&option});
  // Reads the results unconverted: CLI11's conversion adds a word to "{}".
  const auto take = [this, &declared] {
    on_option_(*declared.option, declared.cli_option->results());
  };
  if (option.is_switch()) {
    declared.cli_option = app_->add_flag_function(names, [take](std::int64_t) { take(); });
    return;
  }
  const auto policy = takes_multiple_values(option) ? CLI::MultiOptionPolicy::TakeAll
                                                    : CLI::MultiOptionPolicy::TakeLast;
  declared.cli_option = app_->add_option(names, [take](const CLI::results_t&) {
    take();
    return true;
  });
  declared.cli_option->required(option.is_required)->expected(1)->allow_extra_args(false);
  declared.cli_option->multi_option_policy(policy);
}

const Option* OptionTable::find(std::string_view name) const {
  const auto* parsed = app_->get_option_no_throw(std::string(name));
  for (const auto& declared : declared_) {
    if (parsed && declared.cli_option == parsed) return declared.option;
  }
  return nullptr;
}

std::vector<std::string> OptionTable::long_names() const {
  std::vector<std::string> names;
  for (const auto& declared : declared_) {
    for (const auto& name : declared.cli_option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

const Option* OptionTable::parse(const CommandLine& line, OnOption on_option) {
  on_option_ = std::move(on_option);
  expect_arguments(line.words);
  try {
    app_->parse(std::vector<std::string>(line.argv.rbegin(), line.argv.rend()));
  } catch (const CLI::RequiredError&) {
    return first_missing();
  } catch (const CLI::ArgumentMismatch&) {
    // Only the last word can miss its value.
    const auto& name = line.argv.back();
    throw usage_error(name + " expects a value: " + find(name)->metavar);
  } catch (const CLI::ExtrasError&) {
    reject_extra_arguments(line.words);
  } catch (const CLI::ParseError& error) {
    throw usage_error(error.what());
  }
  return nullptr;
}

// An argument that takes many expects all the words that are left for it.
void OptionTable::expect_arguments(const std::vector<std::string>& words) {
  std::size_t before = 0;
  for (const auto& declared : declared_) {
    if (!declared.option->is_positional) continue;
    if (takes_multiple_values(*declared.option) && words.size() > before)
      declared.cli_option->expected(static_cast<int>(words.size() - before));
    ++before;
  }
}

void OptionTable::reject_extra_arguments(const std::vector<std::string>& words) const {
  std::size_t taken = 0;
  for (const auto& declared : declared_) taken += declared.option->is_positional ? 1 : 0;
  throw usage_error("does not take the argument \"" + words.at(taken) + "\"");
}

const Option* OptionTable::first_missing() const {
  for (const auto& declared : declared_) {
    if (declared.option->is_required && declared.cli_option->count() == 0) return declared.option;
  }
  return nullptr;
}

}  // namespace feedctl::cli
