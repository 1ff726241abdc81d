#include "base/json.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "base/error.hpp"

namespace feedctl::json {

namespace {

constexpr std::size_t max_depth = 32;
constexpr std::size_t max_linear_search = 16;

// Receives nlohmann's SAX events and builds the tree; returning false stops the parser.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return put(Value{nullptr}); }
  bool boolean(bool v) override { return put(Value{v}); }
  bool number_integer(number_integer_t v) override { return put(Value{std::int64_t{v}}); }
  bool number_unsigned(number_unsigned_t v) override {
    if (v <= static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max())) {
      return put(Value{static_cast<std::int64_t>(v)});
    }
    return put(Value{static_cast<double>(v)});
  }
  bool number_float(number_float_t v, const string_t&) override { return put(Value{double{v}}); }
  bool string(string_t& v) override { return put(Value{std::move(v)}); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Value{Object{}}); }
  bool start_array(std::size_t) override { return open(Value{Array{}}); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    auto& frame = stack_.back();
    if (!is_new_key(frame, name)) return fail("duplicate key \"" + name.substr(0, 64) + "\"");
    frame.key = std::move(name);
    return true;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    return fail("at byte " + std::to_string(position));
  }

  Value take() { return std::move(*root_); }
  const std::string& error() const { return error_; }

 private:
  struct Frame {
    Value value;
    std::string key;
    std::set<std::string> names;  // filled once the object has many members
  };

  // Compares few names one by one; for thousands that would take quadratic time.
  static bool is_new_key(Frame& frame, const std::string& name) {
    const auto& members = std::get<Object>(frame.value.data());
    if (members.size() < max_linear_search) {
      return std::none_of(members.begin(), members.end(),
                          [&](const auto& member) { return member.first == name; });
    }
    if (frame.names.empty()) {
      for (const auto& member : members) frame.names.insert(member.first);
    }
    return frame.names.insert(name).second;
  }

  bool fail(std::string why) {
    if (error_.empty()) error_ = std::move(why);
    return false;
  }
  bool open(Value value) {
    if (stack_.size() >= max_depth) return fail("nested deeper than 32");
    stack_.push_back({std::move(value), {}, {}});
    return true;
  }
  bool close() {
    Value done = std::move(stack_.back().value);
    stack_.pop_back();
    return put(std::move(done));
  }
  bool put(Value value) {
    if (stack_.empty()) {
      root_ = std::move(value);
      return true;
    }
    auto& frame = stack_.back();
    if (auto* array = std::get_if<Array>(&frame.value.data()))
      array->push_back(std::move(value));
    else
      std::get<Object>(frame.value.data()).emplace_back(std::move(frame.key), std::move(value));
    return true;
  }

  std::vector<Frame> stack_;
  std::optional<Value> root_;
  std::string error_;
};

}  // namespace

const Value* Value::find(std::string_view key) const {
  const auto* members = object();
  if (!members) return nullptr;
  const auto at =
      std::find_if(members->begin(), members->end(), [&](const auto& m) { return m.first == key; });
  return at == members->end() ? nullptr : &at->second;
}

Value parse(std::string_view text) {
  Builder builder;
  std::string why;
  if (text.substr(0, 3) == "\xef\xbb\xbf") {
    why = "starts with a byte order mark";
  } else if (text.find('\0') != std::string_view::npos) {
    why = "holds a NUL byte";  // the parser would take it for the end
  } else if (nlohmann::json::sax_parse(text.begin(), text.end(), &builder)) {
    return builder.take();
  } else {
    why = builder.error();
  }
  throw Error(ErrorCode::invalid_argument, "Invalid JSON").with_hint(why);
}

}  // namespace feedctl::json
