#include "seed/content_fixture.hpp"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/json_writer.hpp"
#include "pages/content_fields.hpp"
#include "seed/fixture_reader.hpp"

namespace feedctl::seed {

namespace {

constexpr std::string_view page_model = "pages.page";
constexpr std::string_view link_model = "pages.pagecontent";
constexpr std::int64_t max_key = (std::int64_t{1} << 53) - 1;  // safe as a number of JSON

// The line on which each item of a JSON list begins. The text must be a list that was parsed.
std::vector<int> lines_of_items(std::string_view list) {
  std::vector<int> lines;
  int line = 1, depth = 0;
  bool in_text = false, is_expected = false;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const char c = list[i];
    if (c == '\n') ++line;
    if (in_text) {
      if (c == '\\') ++i;
      in_text = c != '"';
      continue;
    }
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
    if (depth == 1 && is_expected && c != ']') lines.push_back(line);
    is_expected = (depth == 0 && c == '[') || (depth == 1 && c == ',');
    in_text = c == '"';
    depth += c == '[' || c == '{' ? 1 : c == ']' || c == '}' ? -1 : 0;
  }
  return lines;
}

// Reads one file; every error names its object.
class ContentFixtureReader {
 public:
  ContentFixtureReader(const std::string& text, const std::string& source,
                       const pages::ContentTypes& types)
      : source_(source), types_(types) {
    if (text.size() > max_fixture_bytes)
      throw Error(ErrorCode::bad_data, source + ": larger than 16 MiB");
    try {
      root_ = json::parse(text);
    } catch (const Error& error) {
      throw Error(ErrorCode::bad_data, source + ": " + error.what());
    }
    if (root_.array() == nullptr) throw Error(ErrorCode::bad_data, source + ": not a list");
    lines_ = lines_of_items(text);
  }

  ContentFixture read() {
    for (const auto& object : *root_.array()) {
      place_ = {lines_.at(place_.object), place_.object + 1};
      add_object(object);
    }
    order_links();
    return std::move(fixture_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw_at(source_, place_, what); }
  // `name`: of a member of the object, or of its fields.
  [[noreturn]] void fail(const std::string& name, const std::string& what) const {
    fail("\"" + name + "\" " + what + " (/" + std::to_string(place_.object - 1) + "/" +
         (in_fields_ ? "fields/" : "") + name + ")");
  }

  void add_object(const json::Value& object) {
    in_fields_ = false;
    check_members(object, "an object", {"model", "pk", "fields"});
    const auto model = text(object, "model");
    const auto* type = types_.find_by_label(model);
    if (type == nullptr && model != page_model && model != link_model)
      fail("unknown model \"" + model + "\"");
    const auto key = positive(object, "pk");
    if (!keys_.emplace(model, key).second)
      fail(model + " " + std::to_string(key) + " stands here twice");
    const auto& fields = member(object, "fields");
    in_fields_ = true;
    if (type != nullptr)
      add_content(*type, key, fields);
    else if (model == page_model)
      add_page(key, fields);
    else
      add_link(key, fields);
  }

  void add_page(Id key, const json::Value& fields) {
    check_members(fields, "fields", {"title", "state"});
    std::optional<std::string> state;
    if (fields.find("state") != nullptr) state = text(fields, "state");
    if (state && *state != "draft" && *state != "published")
      fail("state", "must be draft or published");
    fixture_.pages.push_back({key, title(fields), state});
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
    if (const auto fault = pages::content_size_fault(static_cast<std::int64_t>(out.size())))
      fail(*fault);
    return out;
  }

  std::string payload_text(const pages::PayloadMember& field, const json::Value& fields) const {
    const std::string name(field.name);
    auto value = text(fields, name);
    if (const auto fault = pages::value_fault(field, value)) fail(name, *fault);
    return value;
  }

  void add_link(Id key, const json::Value& fields) {
    check_members(fields, "fields", {"page", "content_type", "object_id", "position", "order"});
    if (fields.find("position") != nullptr && fields.find("order") != nullptr)
      fail("\"position\" and \"order\" are the same");
    const auto* place = fields.find("order") != nullptr ? "order" : "position";
    fixture_.links.push_back({place_, key, positive(fields, "page"), content_type(fields),
                              positive(fields, "object_id"),
                              number(fields, place, std::numeric_limits<std::int32_t>::max())});
  }

  // The positions of each page's links become contiguous, in the order of position and id.
  void order_links() {
    std::map<Id, std::vector<ContentFixture::Link*>> pages;
    for (auto& link : fixture_.links) pages[link.page].push_back(&link);
    for (auto& [page, links] : pages) {
      std::sort(links.begin(), links.end(), [](const auto* a, const auto* b) {
        return std::pair(a->position, a->id) < std::pair(b->position, b->id);
      });
      std::int64_t position = 0;
      for (auto* link : links) link->position = position++;
      if (links.size() <= pages::max_contents) continue;
      throw_at(source_, links.back()->place,
               "page " + std::to_string(page) + " has more than " +
                   std::to_string(pages::max_contents) + " contents");
    }
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
    if (label.empty()) fail("content_type", "must be as [\"pages\", \"videocontent\"]");
    const auto* type = types_.find_by_label(label);
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
    if (value == nullptr) fail(name, "is missing");
    return *value;
  }

  std::string text(const json::Value& map, const std::string& name) const {
    const auto* value = member(map, name).text();
    if (value == nullptr) fail(name, "must be a text");
    return *value;
  }

  std::string title(const json::Value& fields) const {
    auto value = text(fields, "title");
    if (const auto fault = pages::title_fault(value)) fail("title", *fault);
    return value;
  }

  Id positive(const json::Value& map, const char* name) const {
    const auto* value = member(map, name).integer();
    if (value == nullptr || *value < 1 || *value > max_key)
      fail(name, "must be a positive integer");
    return *value;
  }

  // 0 where it is absent.
  std::int64_t number(const json::Value& map, const char* name, std::int64_t max) const {
    if (map.find(name) == nullptr) return 0;
    const auto* value = member(map, name).integer();
    if (value == nullptr || *value < 0 || *value > max)
      fail(name, "must be an integer from 0 to " + std::to_string(max));
    return *value;
  }

  const std::string& source_;
  const pages::ContentTypes& types_;
  json::Value root_;
  std::vector<int> lines_;
  FixturePlace place_{1, 0};
  bool in_fields_ = false;
  std::set<std::pair<std::string, Id>> keys_;
  ContentFixture fixture_;
};

}  // namespace

void throw_at(const std::string& source, const FixturePlace& place, const std::string& what) {
  throw Error(ErrorCode::bad_data, source + ":" + std::to_string(place.line) + ": object " +
                                       std::to_string(place.object) + ": " + what);
}

bool is_content_fixture(std::string_view text) {
  const auto start = text.find_first_not_of(" \t\r\n");
  return start != std::string_view::npos && text[start] == '[';
}

ContentFixture read_content_fixture(const std::string& text, const std::string& source,
                                    const pages::ContentTypes& types) {
  return ContentFixtureReader(text, source, types).read();
}

}  // namespace feedctl::seed
