#include "loadtest/mix_reader.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <optional>
#include <set>

#include "base/ascii.hpp"
#include "base/closest_match.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "config/files.hpp"
#include "mixes/default.hpp"
#include "mixes/read_heavy.hpp"

namespace feedctl::loadtest {

namespace {

struct Preset {
  const char* name;
  const char* yaml;
};
constexpr Preset presets[] = {
    {"default", mixes::default_mix},
    {"read-heavy", mixes::read_heavy_mix},
};

bool is_operation_name(std::string_view name) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && name.size() <= 32 && std::all_of(name.begin(), name.end(), is_allowed);
}

// Neither a line break nor another control character, which would end a header.
bool is_header_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
}

bool is_token(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  const auto is_allowed = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), is_allowed);
}

bool is_request_target(std::string_view text) {
  return text.size() > 0 && text.size() <= 4096 && text[0] == '/' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

// Collects mistakes instead of stopping at the first.
class MixReader {
 public:
  MixReader(const std::string& yaml, const std::string& source) : source_(source) {
    mix_.name = std::filesystem::path(source).stem().string();
    const auto root = parse(yaml);
    if (root) read(*root);
    throw_mistakes();
  }
  Mix take() { return std::move(mix_); }

 private:
  struct Mistake {
    int line;
    std::string text;
  };

  std::optional<YAML::Node> parse(const std::string& yaml) {
    if (yaml.size() > max_mix_bytes) {
      mistakes_.push_back({1, "the file is larger than 256 KiB"});
    } else if (yaml.find('\0') != std::string::npos || !utf8_length(yaml)) {
      mistakes_.push_back({1, "is not UTF-8 text"});
    } else {
      try {
        return YAML::Load(yaml);
      } catch (const YAML::Exception& error) {
        mistakes_.push_back({error.mark.line + 1, "is no YAML: " + error.msg});
      }
    }
    return std::nullopt;
  }

  void read(const YAML::Node& root) {
    if (!root.IsMap()) return mistake(root, "expects \"operations:\" and below it their weights");
    bool has_operations = false;
    each_member(root,
                {"operations", "users", "text", "page_size", "batch_size", "idempotency_keys"},
                [&](const std::string& key, const YAML::Node& value) {
                  has_operations = has_operations || key == "operations";
                  read_member(key, value);
                });
    if (mix_.min_text > mix_.max_text) mistake(root["text"], "text.min is above text.max");
    if (!has_operations) mistake(root, "has no operations: add \"operations:\" with their weights");
  }

  void read_member(const std::string& key, const YAML::Node& value) {
    if (key == "operations") {
      read_operations(value);
    } else if (key == "users") {
      each_member(value, {"zipf"}, [&](const std::string&, const YAML::Node& node) {
        mix_.zipf_exponent = number(node, "users.zipf", 0, 5).value_or(mix_.zipf_exponent);
      });
    } else if (key == "text") {
      each_member(value, {"min", "max"}, [&](const std::string& name, const YAML::Node& node) {
        auto& length = name == "min" ? mix_.min_text : mix_.max_text;
        length = static_cast<std::size_t>(
            whole(node, "text." + name, 1, 10'000).value_or(static_cast<int>(length)));
      });
    } else if (key == "idempotency_keys") {
      mix_.sends_idempotency_keys = flag(value, key).value_or(true);
    } else {
      auto& size = key == "page_size" ? mix_.page_size : mix_.batch_size;
      size = whole(value, key, 1, 100).value_or(size);
    }
  }

  void read_operations(const YAML::Node& node) {
    if (!node.IsMap() || node.size() == 0)
      return mistake(node, "operations expects names with their weights, as in \"feed: 60\"");
    std::set<std::string> seen;
    double sum = 0;
    for (const auto& member : node) {
      const auto name = member.first.IsScalar() ? member.first.Scalar() : "";
      if (!seen.insert(name).second) {
        mistake(member.first, "operations." + name + " stands twice");
        continue;
      }
      if (mix_.operations.size() == max_operations)
        return mistake(member.first, "a mix has at most 64 operations");
      if (auto operation = read_operation(member.first, name, member.second)) {
        sum += operation->weight;
        mix_.operations.push_back(*std::move(operation));
      }
    }
    if (mistakes_.empty() && !(sum > 0)) mistake(node, "every operation has the weight 0");
  }

  std::optional<MixOperation> read_operation(const YAML::Node& at, const std::string& name,
                                             const YAML::Node& value) {
    const auto where = "operations." + name;
    const auto action = parse_action(name);
    const bool is_raw = value.IsMap() && value["raw"];
    if (!is_operation_name(name)) {
      mistake(at, "\"" + name + "\" is no name of an operation: 1 to 32 of a-z, 0-9 and _");
      return std::nullopt;
    }
    if (!action && !is_raw) {
      mistake(at, "there is no operation \"" + name + "\"" +
                      suggestion(name, action_names(),
                                 "; one of your own needs raw: {method: GET, path: /..}"));
      return std::nullopt;
    }
    auto operation = default_operation(name, is_raw ? Action::raw : *action);
    if (value.IsScalar()) {
      operation.weight = number(value, where, 0, 1e6).value_or(1);
    } else {
      each_member(value, {"weight", "expect", "anonymous", "raw"},
                  [&](const std::string& key, const YAML::Node& node) {
                    read_operation_member(operation, where, key, node);
                  });
    }
    return operation;
  }

  void read_operation_member(MixOperation& operation, const std::string& where,
                             const std::string& key, const YAML::Node& node) {
    if (key == "weight")
      operation.weight = number(node, where + ".weight", 0, 1e6).value_or(1);
    else if (key == "anonymous")
      operation.is_anonymous = flag(node, where + ".anonymous").value_or(false);
    else if (key == "expect")
      operation.expect = statuses(node, where + ".expect");
    else
      operation.raw = read_raw(node, where + ".raw");
  }

  RawRequest read_raw(const YAML::Node& node, const std::string& where) {
    RawRequest raw;
    each_member(node, {"method", "path", "body", "headers"},
                [&](const std::string& key, const YAML::Node& value) {
                  if (key == "headers") return read_headers(value, where, raw);
                  auto& target = key == "method" ? raw.method : key == "path" ? raw.path : raw.body;
                  if (!value.IsScalar())
                    return mistake(value, where + "." + key + " expects a text");
                  target = value.Scalar();
                });
    if (!node.IsMap()) return raw;
    if (!is_token(raw.method) || raw.method.size() > 16)
      mistake(node, where + ".method is no method of HTTP");
    if (!is_request_target(raw.path))
      mistake(node, where + ".path expects a path such as /v1/feed, without spaces");
    return raw;
  }

  void read_headers(const YAML::Node& node, const std::string& where, RawRequest& raw) {
    static const std::vector<std::string> own{"host", "content-length", "transfer-encoding",
                                              "connection"};
    if (!node.IsMap()) return mistake(node, where + ".headers expects names with their values");
    for (const auto& member : node) {
      const auto name = member.first.IsScalar() ? member.first.Scalar() : "";
      const auto value = member.second.IsScalar() ? member.second.Scalar() : "\n";
      const auto lower = to_lower(name);
      if (!is_token(name))
        mistake(member.first, "\"" + name + "\" is no name of a header");
      else if (std::find(own.begin(), own.end(), lower) != own.end())
        mistake(member.first, "the load generator writes " + name + " itself");
      else if (!is_header_text(value))
        mistake(member.second, "the value of " + name + " is no text of one line");
      else
        raw.headers.emplace_back(name, value);
    }
  }

  template <typename OnMember>
  void each_member(const YAML::Node& node, const std::vector<std::string>& known,
                   const OnMember& on_member) {
    if (!node.IsMap()) return mistake(node, "expects " + join(known, ", ") + " here");
    std::set<std::string> seen;
    for (const auto& member : node) {
      const auto key = member.first.IsScalar() ? member.first.Scalar() : "";
      if (std::find(known.begin(), known.end(), key) == known.end())
        mistake(member.first, "there is no key \"" + key + "\" here" +
                                  suggestion(key, known, "; known are " + join(known, ", ")));
      else if (!seen.insert(key).second)
        mistake(member.first, key + " stands twice");
      else
        on_member(key, member.second);
    }
  }

  static std::string suggestion(const std::string& word, const std::vector<std::string>& known,
                                const std::string& otherwise) {
    const auto near = closest_match(word, known);
    return near.empty() ? otherwise : "; did you mean " + near + "?";
  }

  std::optional<double> number(const YAML::Node& node, const std::string& what, double min,
                               double max) {
    double value = 0;
    const auto text = node.IsScalar() ? node.Scalar() : "";
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (error == std::errc{} && end == text.data() + text.size() && value >= min && value <= max)
      return value;
    mistake(node, what + " expects a number from " + short_number(min) + " to " +
                      short_number(max) + (text.empty() ? "" : ", not \"" + text + "\""));
    return std::nullopt;
  }

  std::optional<int> whole(const YAML::Node& node, const std::string& what, int min, int max) {
    const auto value = number(node, what, min, max);
    if (!value) return std::nullopt;
    if (std::floor(*value) == *value) return static_cast<int>(*value);
    mistake(node, what + " expects a whole number");
    return std::nullopt;
  }

  std::optional<bool> flag(const YAML::Node& node, const std::string& what) {
    const auto text = node.IsScalar() ? node.Scalar() : "";
    if (text == "true" || text == "false") return text == "true";
    mistake(node, what + " expects true or false");
    return std::nullopt;
  }

  // "expect: 200" or "expect: [200, 404]".
  std::vector<int> statuses(const YAML::Node& node, const std::string& what) {
    std::vector<int> all;
    if (node.IsScalar()) {
      if (const auto status = whole(node, what, 200, 599)) all.push_back(*status);
    } else if (node.IsSequence() && node.size() > 0 && node.size() <= 32) {
      for (const auto& item : node) {
        if (const auto status = whole(item, what, 200, 599)) all.push_back(*status);
      }
    } else {
      mistake(node, what + " expects a status, or a list such as [200, 404]");
    }
    return all;
  }

  static std::string short_number(double value) {
    return std::to_string(static_cast<long long>(value));
  }

  void mistake(const YAML::Node& node, std::string text) {
    const int line = node.IsDefined() && !node.Mark().is_null() ? node.Mark().line + 1 : 1;
    mistakes_.push_back({line, std::move(text)});
  }

  void throw_mistakes() {
    if (mistakes_.empty()) return;
    std::stable_sort(mistakes_.begin(), mistakes_.end(),
                     [](const Mistake& a, const Mistake& b) { return a.line < b.line; });
    const auto place = [&](const Mistake& one) { return source_ + ":" + std::to_string(one.line); };
    const auto& first = mistakes_.front();
    Error error(ErrorCode::bad_data,
                mistakes_.size() == 1
                    ? place(first) + ": " + first.text
                    : source_ + " has " + std::to_string(mistakes_.size()) + " mistakes");
    for (const auto& one : mistakes_) std::move(error).with_field(place(one), one.text);
    throw error;
  }

  const std::string& source_;
  Mix mix_;
  std::vector<Mistake> mistakes_;
};

}  // namespace

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const auto& preset : presets) names.emplace_back(preset.name);
  return names;
}

Mix read_mix(const std::string& yaml, const std::string& source) {
  return MixReader(yaml, source).take();
}

Mix load_mix(const std::string& name_or_file) {
  for (const auto& preset : presets) {
    if (name_or_file == preset.name) return read_mix(preset.yaml, preset.name);
  }
  auto file = config::read_file(name_or_file);
  if (file.error.empty()) return read_mix(file.text, name_or_file);
  const auto near = closest_match(name_or_file, preset_names());
  throw Error(ErrorCode::usage, "--mix: " + name_or_file + " " + file.error)
      .with_hint(near.empty() ? "give a file, or a name: " + join(preset_names(), ", ")
                              : "did you mean " + near + "?");
}

}  // namespace feedctl::loadtest
