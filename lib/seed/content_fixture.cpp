#include "seed/content_fixture.hpp"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <optional>
#include <set>

#include "base/display_text.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/json_writer.hpp"
#include "pages/content_types.hpp"
#include "seed/fixture_reader.hpp"

namespace feedctl::seed {

namespace {

constexpr std::string_view page_model = "pages.page";
constexpr std::string_view link_model = "pages.pagecontent";
constexpr std::int64_t max_key = (std::int64_t{1} << 53) - 1;  // safe as a number of JSON
constexpr std::size_t max_title = 255;
constexpr std::size_t max_url = 2000;
constexpr std::size_t max_text = 100'000;

bool is_plain(char c) {
  return static_cast<unsigned char>(c) > 0x20 && c != 0x7f;
}

// Of the web, or a path of this host: a browser may be sent there.
bool is_url(std::string_view text) {
  const bool has_scheme = text.starts_with("https://") || text.starts_with("http://");
  const bool is_path = text.starts_with('/') && !text.starts_with("//");
  return (has_scheme || is_path) && text.size() <= max_url &&
         std::all_of(text.begin(), text.end(), is_plain);
}

// Reads one file; every error names its object.
class ContentFixtureReader {
 public:
  ContentFixtureReader(const std::string& text, const std::string& source) : source_(source) {
    if (text.size() > max_fixture_bytes)
      throw Error(ErrorCode::bad_data, source + ": larger than 16 MiB");
    try {
      root_ = json::parse(text);
    } catch (const Error& error) {
      throw Error(ErrorCode::bad_data, source + ": " + error.what());
    }
    if (root_.array() == nullptr) throw Error(ErrorCode::bad_data, source + ": not a list");
  }

  ContentFixture read() {
    for (const auto& object : *root_.array()) {
      ++object_;
      add_object(object);
    }
    return std::move(fixture_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw_at_object(source_, object_, what); }

  void add_object(const json::Value& object) {
    check_members(object, "an object", {"model", "pk", "fields"});
    const auto model = text(object, "model");
    const auto* type = pages::find_content_type_by_label(model);
    if (type == nullptr && model != page_model && model != link_model)
      fail("unknown model \"" + model + "\"");
    const auto key = positive(object, "pk");
    if (!keys_.emplace(model, key).second)
      fail(model + " " + std::to_string(key) + " stands here twice");
    const auto& fields = member(object, "fields");
    if (type != nullptr)
      add_content(*type, key, fields);
    else if (model == page_model)
      add_page(key, fields);
    else
      add_link(key, fields);
  }

  void add_page(Id key, const json::Value& fields) {
    check_members(fields, "fields", {"title"});
    fixture_.pages.push_back({key, title(fields)});
  }

  void add_content(const pages::ContentType& type, Id key, const json::Value& fields) {
    std::vector<std::string_view> known{"title", "counter"};
    for (const auto& field : type.members) known.push_back(field.name);
    check_members(fields, "fields", known);
    const auto counter = number(fields, "counter", std::numeric_limits<std::int64_t>::max());
    fixture_.contents.push_back(
        {std::string(type.name), key, title(fields), counter, payload(type, fields)});
  }

  std::string payload(const pages::ContentType& type, const json::Value& fields) const {
    std::string out;
    json::Writer writer(out);
    writer.open_object();
    for (const auto& field : type.members) {
      const auto* value = fields.find(field.name);
      if (field.is_optional && (value == nullptr || value->is_null())) continue;
      writer.text(field.name, payload_text(field, fields));
    }
    writer.close_object();
    return out;
  }

  std::string payload_text(const pages::PayloadMember& field, const json::Value& fields) const {
    const std::string name(field.name);
    auto value = text(fields, name);
    if (value.empty() && field.is_optional) return value;
    if (field.kind == pages::PayloadMember::Kind::url) {
      if (!is_url(value)) fail("\"" + name + "\" must be an http or https URL, or a path");
    } else if (const auto fault = validate_text(value, max_text)) {
      fail("\"" + name + "\" " + *fault);
    }
    return value;
  }

  void add_link(Id key, const json::Value& fields) {
    check_members(fields, "fields", {"page", "content_type", "object_id", "position", "order"});
    if (fields.find("position") != nullptr && fields.find("order") != nullptr)
      fail("\"position\" and \"order\" are the same");
    const auto* place = fields.find("order") != nullptr ? "order" : "position";
    fixture_.links.push_back({object_, key, positive(fields, "page"), content_type(fields),
                              positive(fields, "object_id"),
                              number(fields, place, std::numeric_limits<std::int32_t>::max())});
  }

  // ["pages", "videocontent"], or "pages.videocontent".
  std::string content_type(const json::Value& fields) const {
    const auto& value = member(fields, "content_type");
    std::string label;
    if (const auto* parts = value.array(); parts != nullptr && parts->size() == 2) {
      const auto *app = (*parts)[0].text(), *model = (*parts)[1].text();
      if (app != nullptr && model != nullptr) label = *app + "." + *model;
    } else if (const auto* whole = value.text()) {
      label = *whole;
    }
    if (label.empty()) fail("\"content_type\" must be as [\"pages\", \"videocontent\"]");
    const auto* type = pages::find_content_type_by_label(label);
    if (type == nullptr) fail("unknown content type \"" + label + "\"");
    return std::string(type->name);
  }

  template <typename Names>
  void check_members(const json::Value& value, const char* what, const Names& known) const {
    if (value.object() == nullptr) fail(std::string(what) + " must be a map");
    for (const auto& [name, unused] : *value.object()) {
      if (std::find(known.begin(), known.end(), name) == known.end())
        fail("unknown field \"" + name + "\"");
    }
  }
  void check_members(const json::Value& value, const char* what,
                     std::initializer_list<std::string_view> known) const {
    check_members(value, what, std::vector<std::string_view>(known));
  }

  const json::Value& member(const json::Value& map, const std::string& name) const {
    const auto* value = map.find(name);
    if (value == nullptr) fail("\"" + name + "\" is missing");
    return *value;
  }

  std::string text(const json::Value& map, const std::string& name) const {
    const auto* value = member(map, name).text();
    if (value == nullptr) fail("\"" + name + "\" must be a text");
    return *value;
  }

  std::string title(const json::Value& fields) const {
    auto value = text(fields, "title");
    if (value.empty()) fail("\"title\" must not be empty");
    if (const auto fault = validate_name(value, max_title)) fail("\"title\" " + *fault);
    return value;
  }

  Id positive(const json::Value& map, const char* name) const {
    const auto* value = member(map, name).integer();
    if (value == nullptr || *value < 1 || *value > max_key)
      fail(std::string("\"") + name + "\" must be a positive integer");
    return *value;
  }

  // 0 where it is absent.
  std::int64_t number(const json::Value& map, const char* name, std::int64_t max) const {
    if (map.find(name) == nullptr) return 0;
    const auto* value = member(map, name).integer();
    if (value == nullptr || *value < 0 || *value > max)
      fail(std::string("\"") + name + "\" must be an integer from 0 to " + std::to_string(max));
    return *value;
  }

  const std::string& source_;
  json::Value root_;
  std::size_t object_ = 0;
  std::set<std::pair<std::string, Id>> keys_;
  ContentFixture fixture_;
};

}  // namespace

void throw_at_object(const std::string& source, std::size_t object, const std::string& what) {
  throw Error(ErrorCode::bad_data, source + ": object " + std::to_string(object) + ": " + what);
}

bool is_content_fixture(std::string_view text) {
  const auto start = text.find_first_not_of(" \t\r\n");
  return start != std::string_view::npos && text[start] == '[';
}

ContentFixture read_content_fixture(const std::string& text, const std::string& source) {
  return ContentFixtureReader(text, source).read();
}

}  // namespace feedctl::seed
