#include "pages/content_input.hpp"

#include <algorithm>

#include "base/json_pointer.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "pages/content_fields.hpp"
#include "pages/edit_errors.hpp"

namespace feedctl::pages {

namespace {

constexpr std::size_t max_audited_text = 10'000;  // bytes

const std::string* text_of(const json::Value& map, std::string_view name) {
  const auto* value = map.find(name);
  return value == nullptr ? nullptr : value->text();
}

void append_audited(json::Writer& writer, std::string_view name, const std::string* text) {
  if (text == nullptr)
    writer.null(name);
  else
    writer.text(name, audited_text(*text));
}

class ContentReader {
 public:
  ContentReader(const ContentType& type, const ContentRecord& content, const json::Value& body)
      : type_(type), content_(content), body_(body) {}

  ContentDraft read() {
    if (content_.id == 0) after_.text("type", type_.name);
    check_names();
    read_title();
    for (const auto& member : type_.members) read_member(member);
    throw_faults(faults_);
    payload_.close_object();
    before_.close_object();
    after_.close_object();
    return std::move(draft_);
  }

 private:
  void fault(std::string_view member, std::string detail) {
    faults_.push_back({json_pointer(member), std::move(detail)});
  }

  void check_names() {
    for (const auto& [name, value] : *body_.object()) {
      const bool is_member = std::any_of(type_.members.begin(), type_.members.end(),
                                         [&](const auto& known) { return known.name == name; });
      if (is_member || name == "title") continue;
      if (name != "type")
        fault(name, "a content of the type " + type_.name + " has no such member");
      else if (value.text() == nullptr || *value.text() != type_.name)
        fault(name, "the type of a content cannot be changed; it is " + type_.name);
    }
  }

  void read_title() {
    draft_.title = content_.title;
    const auto* value = body_.find("title");
    if (value == nullptr) {
      if (content_.id == 0) fault("title", "is required");
      return;
    }
    if (value->text() == nullptr) return fault("title", "must be a text");
    if (const auto wrong = title_fault(*value->text())) return fault("title", *wrong);
    if (*value->text() == content_.title) return;
    draft_.title = *value->text();
    draft_.is_changed = true;
    if (content_.id != 0) before_.text("title", content_.title);
    after_.text("title", draft_.title);
  }

  void read_member(const PayloadMember& member) {
    const auto* old = text_of(content_.payload, member.name);
    const auto* value = body_.find(member.name);
    const bool is_null = value != nullptr && value->is_null();
    if (is_null ? !member.is_optional : value == nullptr && old == nullptr && !member.is_optional)
      return fault(member.name, "is required");
    if (value == nullptr) return;
    const auto* text = value->text();
    if (text == nullptr && !is_null) return fault(member.name, "must be a text");
    if (const auto wrong = is_null ? std::nullopt : value_fault(member, *text))
      return fault(member.name, *wrong);
    set(member.name, old, text);
  }

  // `text`: nullptr removes the member.
  void set(const std::string& name, const std::string* old, const std::string* text) {
    const bool is_same = old == nullptr || text == nullptr ? old == text : *old == *text;
    if (is_same) return;
    draft_.is_changed = true;
    if (text == nullptr)
      draft_.removed.push_back(name);
    else
      payload_.text(name, *text);
    if (content_.id != 0) append_audited(before_, name, old);
    append_audited(after_, name, text);
  }

  static json::Writer begin(std::string& out) {
    out.clear();
    json::Writer writer(out);
    writer.open_object();
    return writer;
  }

  const ContentType& type_;
  const ContentRecord& content_;
  const json::Value& body_;
  std::vector<FieldError> faults_;
  ContentDraft draft_;
  json::Writer payload_ = begin(draft_.payload);
  json::Writer before_ = begin(draft_.before);
  json::Writer after_ = begin(draft_.after);
};

std::string names_of(const ContentTypes& types) {
  std::vector<std::string> names;
  for (const auto& type : types.all()) names.push_back(type.name);
  return join(names, ", ");
}

}  // namespace

ContentDraft read_content(const ContentType& type, const ContentRecord& content,
                          const json::Value& body) {
  return ContentReader(type, content, body).read();
}

const ContentType& read_content_type(const ContentTypes& types, const json::Value& body) {
  std::vector<FieldError> faults;
  const auto* name = text_of(body, "type");
  const auto* type = name == nullptr ? nullptr : types.find(*name);
  if (type != nullptr) return *type;
  faults.push_back(
      {"/type", (body.find("type") == nullptr ? "is required: one of " : "must be one of ") +
                    names_of(types)});
  const auto* title = body.find("title");
  if (title == nullptr)
    faults.push_back({"/title", "is required"});
  else if (title->text() == nullptr)
    faults.push_back({"/title", "must be a text"});
  else if (const auto wrong = title_fault(*title->text()))
    faults.push_back({"/title", *wrong});
  throw_faults(faults);
  throw Error(ErrorCode::internal, "a content without a type was accepted");
}

std::string audited_text(std::string_view text) {
  const auto cut = utf8_prefix(text, max_audited_text);
  return std::string(cut).append(cut.size() < text.size() ? ".." : "");
}

}  // namespace feedctl::pages
