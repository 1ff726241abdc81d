#include "feedctl/frame/option_table.hpp"

#include <CLI/CLI.hpp>

#include "feedctl/frame/scan.hpp"

namespace feedctl::cli {

namespace {

bool takes_many(const Option& option) {
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

Error OptionTable::mistake(const std::string& message) const {
  Error error(ErrorCode::usage, message);
  std::move(error).with_hint(hint_);
  return error;
}

void OptionTable::add(const Spec& spec) {
  for (const auto& option : spec.options) {
    const auto names =
        option.argument ? "argument" + std::to_string(declared_.size()) : unknown_names(option);
    if (!names.empty()) declare(option, names);
  }
}

std::string OptionTable::unknown_names(const Option& option) const {
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
  auto& declared = declared_.emplace_back(Declared{&option});
  // The results as they were given: CLI11 adds a word to "{}" where it hands them over.
  const auto take = [this, &declared] { take_(*declared.option, declared.parsed->results()); };
  if (option.is_switch()) {
    declared.parsed = app_->add_flag_function(names, [take](std::int64_t) { take(); });
    return;
  }
  const auto policy =
      takes_many(option) ? CLI::MultiOptionPolicy::TakeAll : CLI::MultiOptionPolicy::TakeLast;
  declared.parsed = app_->add_option(names, [take](const CLI::results_t&) {
    take();
    return true;
  });
  declared.parsed->required(option.needed)->expected(1)->allow_extra_args(false);
  declared.parsed->multi_option_policy(policy);
}

const Option* OptionTable::find(std::string_view name) const {
  const auto* parsed = app_->get_option_no_throw(std::string(name));
  for (const auto& declared : declared_) {
    if (parsed && declared.parsed == parsed) return declared.option;
  }
  return nullptr;
}

std::vector<std::string> OptionTable::long_names() const {
  std::vector<std::string> names;
  for (const auto& declared : declared_) {
    for (const auto& name : declared.parsed->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

const Option* OptionTable::parse(const CommandLine& line, Take take) {
  take_ = std::move(take);
  expect(line.words);
  try {
    app_->parse(std::vector<std::string>(line.argv.rbegin(), line.argv.rend()));
  } catch (const CLI::RequiredError&) {
    return first_missing();
  } catch (const CLI::ArgumentMismatch&) {
    // Only the last word can miss its value.
    const auto& name = line.argv.back();
    throw mistake(name + " expects a value: " + find(name)->metavar);
  } catch (const CLI::ExtrasError&) {
    refuse_surplus(line.words);
  } catch (const CLI::ParseError& error) {
    throw mistake(error.what());
  }
  return nullptr;
}

// An argument that takes many expects all the words that are left for it.
void OptionTable::expect(const std::vector<std::string>& words) {
  std::size_t before = 0;
  for (const auto& declared : declared_) {
    if (!declared.option->argument) continue;
    if (takes_many(*declared.option) && words.size() > before)
      declared.parsed->expected(static_cast<int>(words.size() - before));
    ++before;
  }
}

void OptionTable::refuse_surplus(const std::vector<std::string>& words) const {
  std::size_t taken = 0;
  for (const auto& declared : declared_) taken += declared.option->argument ? 1 : 0;
  throw mistake("does not take the argument \"" + words.at(taken) + "\"");
}

const Option* OptionTable::first_missing() const {
  for (const auto& declared : declared_) {
    if (declared.option->needed && declared.parsed->count() == 0) return declared.option;
  }
  return nullptr;
}

}  // namespace feedctl::cli
