#include "config/yaml.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "base/utf8.hpp"
#include "config/options.hpp"

namespace feedctl::config {

namespace {

// Thrown to end the parse early; the mistake is already recorded.
struct StopParsing {};

SourcePosition to_position(const YAML::Mark& mark) {
  return {mark.line + 1, mark.column + 1};
}

// Whether a section has keys of two parts after its name: "oidc.google.issuer",
// "rate_limit.user.write".
bool has_groups(const std::string& section) {
  const auto all = sections();
  const auto keys = options();
  const auto has_two_parts = [&](const Option& option) {
    return section_of(option.key) == section && option.key.find('.') != option.key.rfind('.');
  };
  return std::any_of(all.begin(), all.end(),
                     [&](const Section& s) { return s.name == section && s.has_groups; }) ||
         std::any_of(keys.begin(), keys.end(), has_two_parts);
}

// Events instead of nodes: no recursion, aliases are seen before they expand, and the depth
// is bounded by throwing out of the parser.
class Reader : public YAML::EventHandler {
 public:
  explicit Reader(Document& document) : document_(document) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) stop(mark, "a second document begins here; one file holds one");
  }
  void OnDocumentEnd() override {}
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    stop(mark, "aliases (*name) are not read here; write the value out");
  }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    if (open_.empty()) return;  // an empty file
    if (in_list())
      return mistake(mark, "an entry of " + document_.entries.back().key + " is empty");
    if (!open_.back().has_key) stop(mark, "a key is missing before the colon");
    begin_entry(mark).is_empty = true;
  }

  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    if (open_.empty()) stop(mark, "expects sections such as \"server:\", not a single value");
    if (in_list()) return document_.entries.back().values.push_back(value);
    if (open_.back().has_key) return begin_entry(mark).values.push_back(value);
    take_key(mark, value);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    refuse_anchor(mark, anchor);
    if (open_.empty()) stop(mark, "expects sections such as \"server:\", not a list");
    if (in_list() || !open_.back().has_key) stop(mark, "a list cannot stand here");
    begin_entry(mark).is_list = true;
    open_.push_back({.list = true});
  }
  void OnSequenceEnd() override { open_.pop_back(); }

  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    refuse_anchor(mark, anchor);
    if (open_.empty()) return open_.push_back({});
    if (in_list() || !open_.back().has_key || !may_open_map()) {
      stop(mark, "nested too deeply; a file holds sections, and each section its keys");
    }
    open_.back().has_key = false;
    open_.push_back({.section = key_, .section_at = key_at_, .entries = document_.entries.size()});
  }
  void OnMapEnd() override {
    const auto level = open_.back();
    open_.pop_back();
    // "name: {}" is an entry without a value, as "name:" is.
    if (open_.empty() || document_.entries.size() > level.entries) return;
    document_.entries.push_back({.key = level.section,
                                 .key_position = level.section_at,
                                 .value_position = level.section_at,
                                 .values = {},
                                 .is_empty = true});
  }

 private:
  struct Level {
    bool list = false;
    std::string section = {};  // "" of the file itself
    SourcePosition section_at = {};
    std::size_t entries = 0;  // that were read before it
    bool has_key = false;     // the next value belongs to it
  };

  bool in_list() const { return open_.back().list; }

  bool may_open_map() const {
    return open_.size() == 1 || (open_.size() == 2 && has_groups(open_.back().section));
  }

  void mistake(const YAML::Mark& mark, std::string message) {
    document_.mistakes.push_back({to_position(mark), std::move(message)});
  }
  [[noreturn]] void stop(const YAML::Mark& mark, std::string message) {
    mistake(mark, std::move(message));
    throw StopParsing{};
  }
  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) stop(mark, "anchors (&name) are not read here; write the value out");
  }

  void take_key(const YAML::Mark& mark, const std::string& name) {
    auto& level = open_.back();
    key_ = open_.size() == 1 ? name : level.section + "." + name;
    key_at_ = to_position(mark);
    level.has_key = true;
    const auto [first, fresh] = seen_.emplace(key_, key_at_);
    if (!fresh)
      mistake(mark, key_ + " stands twice, first in line " + std::to_string(first->second.line));
  }

  Entry& begin_entry(const YAML::Mark& mark) {
    open_.back().has_key = false;
    document_.entries.push_back(
        {.key = key_, .key_position = key_at_, .value_position = to_position(mark), .values = {}});
    return document_.entries.back();
  }

  Document& document_;
  std::vector<Level> open_;
  std::string key_;
  SourcePosition key_at_;
  std::map<std::string, SourcePosition> seen_;
  int documents_ = 0;
};

// The first line with a tab as indentation; 0: none. yaml-cpp's own message does not name the
// cause.
int first_tab_indented_line(std::string_view text) {
  int line = 1;
  for (std::size_t at = 0; at < text.size(); ++line) {
    if (text[at] == '\t') return line;
    const auto end = text.find('\n', at);
    if (end == std::string_view::npos) break;
    at = end + 1;
  }
  return 0;
}

// yaml-cpp takes no ? within braces, as in {subtitles_url: url?}, and its message does not say so.
std::string syntax_error(std::string_view text, const YAML::Exception& error) {
  const auto at = error.mark.pos;
  const bool is_question_mark = at >= 0 && static_cast<std::size_t>(at) < text.size() &&
                                text[static_cast<std::size_t>(at)] == '?';
  return "is no YAML: " + error.msg +
         (is_question_mark ? "; put a value with a ? in quotes, as in {subtitles_url: \"url?\"}"
                           : "");
}

// A repeated key is one mistake, not two.
void drop_repeated_keys(std::vector<Entry>& entries) {
  std::set<std::string> seen;
  const auto repeated = [&](const Entry& entry) { return !seen.insert(entry.key).second; };
  entries.erase(std::remove_if(entries.begin(), entries.end(), repeated), entries.end());
}

}  // namespace

Document read_yaml(std::string_view text) {
  Document document;
  if (text.find('\0') != std::string_view::npos || !utf8_length(text)) {
    document.mistakes.push_back({{1, 1}, "is not UTF-8 text"});
    return document;
  }
  if (const int line = first_tab_indented_line(text); line != 0) {
    document.mistakes.push_back({{line, 1}, "begins with a tab; indent with spaces"});
    return document;
  }
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    Reader reader(document);
    while (parser.HandleNextDocument(reader)) {
    }
  } catch (const StopParsing&) {
  } catch (const YAML::Exception& error) {
    document.mistakes.push_back({to_position(error.mark), syntax_error(text, error)});
  }
  drop_repeated_keys(document.entries);
  return document;
}

}  // namespace feedctl::config
