#include "pages/page_input.hpp"

#include <algorithm>
#include <initializer_list>

#include "base/display_text.hpp"
#include "base/json_pointer.hpp"
#include "base/utf8.hpp"
#include "pages/content_fields.hpp"
#include "pages/content_input.hpp"

namespace feedctl::pages {

namespace {

constexpr std::size_t max_search = 200;

using Faults = std::vector<FieldError>;

void check_names(const json::Value& body, std::initializer_list<std::string_view> known,
                 Faults& faults) {
  for (const auto& [name, value] : *body.object()) {
    if (std::find(known.begin(), known.end(), name) == known.end())
      faults.push_back({json_pointer(name), "there is no such member"});
  }
}

void read_title(const json::Value& body, bool is_new, PageInput& input) {
  const auto* value = body.find("title");
  if (value == nullptr) {
    if (is_new) input.faults.push_back({"/title", "is required"});
    return;
  }
  if (value->text() == nullptr)
    input.faults.push_back({"/title", "must be a text"});
  else if (const auto wrong = title_fault(*value->text()))
    input.faults.push_back({"/title", *wrong});
  else
    input.title = *value->text();
}

void read_state(const json::Value& body, PageInput& input) {
  const auto* value = body.find("state");
  if (value == nullptr) return;
  input.state = value->text() == nullptr ? std::nullopt : parse_state(*value->text());
  if (!input.state) input.faults.push_back({"/state", "must be draft or published"});
}

std::optional<WantedContent> read_value(const ContentTypes& types, const json::Value& value,
                                        const std::string& pointer, Faults& faults) {
  const auto* text = value.text();
  const auto ref = text == nullptr ? std::nullopt : types.parse_value(*text);
  if (ref) return WantedContent{pointer, *ref};
  faults.push_back({pointer, "must name a content, such as pages.videocontent:42"});
  return std::nullopt;
}

void read_contents(const ContentTypes& types, const json::Value& body, PageInput& input) {
  const auto* value = body.find("contents");
  if (value == nullptr) return;
  const auto* list = value->array();
  if (list == nullptr) return input.faults.push_back({"/contents", "must be a list of contents"});
  if (list->size() > max_contents)
    return input.faults.push_back(
        {"/contents", "cannot have more than " + std::to_string(max_contents) + " contents"});
  input.contents.emplace();
  for (std::size_t i = 0; i < list->size(); ++i) {
    auto wanted = read_value(types, (*list)[i], "/contents/" + std::to_string(i), input.faults);
    if (wanted) input.contents->push_back(std::move(*wanted));
  }
}

void read_position(const json::Value& body, bool is_required, PlaceInput& input) {
  const auto* value = body.find("position");
  if (value == nullptr) {
    if (is_required) input.faults.push_back({"/position", "is required"});
    return;
  }
  if (const auto* position = value->integer())
    input.position = *position;
  else
    input.faults.push_back({"/position", "must be an integer"});
}

}  // namespace

PageInput read_page(const ContentTypes& types, const json::Value& body, bool is_new) {
  PageInput input;
  check_names(body, {"title", "state", "contents"}, input.faults);
  read_title(body, is_new, input);
  read_state(body, input);
  read_contents(types, body, input);
  return input;
}

PlaceInput read_new_place(const ContentTypes& types, const json::Value& body) {
  PlaceInput input;
  check_names(body, {"content", "position"}, input.faults);
  if (const auto* value = body.find("content"))
    input.content = read_value(types, *value, "/content", input.faults);
  else
    input.faults.push_back({"/content", "is required"});
  read_position(body, false, input);
  return input;
}

PlaceInput read_move(const json::Value& body) {
  PlaceInput input;
  check_names(body, {"position"}, input.faults);
  read_position(body, true, input);
  return input;
}

std::string search_text(const http::Request& request, std::string_view name) {
  const auto text = request.filter_param(name);
  if (!text || (utf8_length(*text) && is_blank(*text))) return "";
  if (const auto wrong = validate_name(*text, max_search))
    throw Error(ErrorCode::invalid_argument, std::string(name) + " " + *wrong);
  return *text;
}

ListFilter page_filter(const http::Request& request) {
  ListFilter filter;
  if (const auto text = search_text(request, "search"); !text.empty()) {
    filter.search = text;
    filter.id = parse_id(text);
  }
  const auto state = request.filter_param("state");
  if (!state) return filter;
  if (!parse_state(*state))
    throw Error(ErrorCode::invalid_argument, "state must be draft or published");
  filter.kind = *state;
  return filter;
}

ListFilter content_filter(const http::Request& request, const ContentTypes& types) {
  ListFilter filter;
  if (const auto type = request.filter_param("type")) {
    if (types.find(*type) == nullptr)
      throw Error(ErrorCode::invalid_argument,
                  "there is no such type; GET /api/v1/admin/content-types lists them");
    filter.kind = *type;
  }
  const auto text = search_text(request, "search");
  if (text.empty()) return filter;
  filter.search = text;
  const auto ref = types.parse_value(text);
  if (!ref) {
    filter.id = parse_id(text);
  } else if (!filter.kind || *filter.kind == ref->type) {
    filter.id = ref->id;
    filter.kind = ref->type;
  }
  return filter;
}

}  // namespace feedctl::pages
