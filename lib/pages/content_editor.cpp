#include "pages/content_editor.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/json_writer.hpp"
#include "pages/content_fields.hpp"
#include "pages/content_input.hpp"
#include "pages/editor_queries.hpp"

namespace feedctl::pages {

namespace {

constexpr int named_pages = 20;
constexpr int unlink_attempts = 5;
constexpr std::size_t max_audited_pages = 100;

Error no_content(Id id) {
  return Error(ErrorCode::not_found, "Content with id " + std::to_string(id) + " not found");
}

std::string object_of(Id content) {
  return "content:" + std::to_string(content);
}

void check_version(std::optional<std::int64_t> version, Id content,
                   const ExpectedVersion& expected) {
  if (!version) throw no_content(content);
  if (!expected.allows(*version)) throw VersionConflict(*version);
}

const ContentType& registered_type(const ContentTypes& types, const ContentRecord& content) {
  if (const auto* type = types.find(content.type)) return *type;
  throw Error(ErrorCode::conflict, "the type " + content.type +
                                       " is not configured any more, so its contents cannot be "
                                       "changed; declare it in content_types, or delete them");
}

void check_size(std::int64_t size) {
  if (auto fault = content_size_fault(size))
    throw Error(ErrorCode::invalid_argument, std::move(*fault));
}

// A content that shrinks may stay too large, and so may its pages.
void check_growth(store::WriteTx& tx, Id content, const queries::SizeChange& size) {
  if (size.after <= size.before) return;
  check_size(size.after);
  const auto page = queries::oversized_page(tx, content, max_page_size);
  if (!page) return;
  throw Error(ErrorCode::invalid_argument,
              "the page \"" + page->title + "\" (" + std::to_string(page->id) +
                  ") shows this content, and its contents would have more than " +
                  std::to_string(max_page_size) + " bytes: shorten their texts");
}

template <typename Source>
ContentDetail detail_of(Source& source, Id content) {
  auto found = queries::find_content(source, content);
  if (!found) throw no_content(content);
  return {std::move(*found), queries::pages_of_content(source, content, named_pages).pages};
}

std::vector<Id> ids_of(const std::vector<PageSummary>& pages) {
  std::vector<Id> ids;
  for (const auto& page : pages) ids.push_back(page.id);
  return ids;
}

// What is lost with it, for the audit log: at most a hundred pages.
std::string lost_json(const ContentRecord& content, const std::vector<Id>& pages) {
  std::string out;
  json::Writer writer(out);
  writer.open_object().text("type", content.type).text("title", content.title);
  for (const auto& [name, value] : *content.payload.object()) {
    if (const auto* text = value.text()) writer.text(name, audited_text(*text));
  }
  writer.integer("counter", content.counter).key("pages").open_array();
  for (std::size_t i = 0; i < std::min(pages.size(), max_audited_pages); ++i)
    writer.integer(pages[i]);
  writer.close_array().close_object();
  return out;
}

void delete_locked(store::WriteTx& tx, Id content, const std::vector<Id>& pages,
                   const audit::Actor& actor) {
  const auto lost = queries::find_content(tx, content);
  queries::delete_content(tx, content);
  audit::append(tx, actor,
                {"content.delete", object_of(content), lost_json(*lost, pages), std::nullopt});
  tx.commit();
}

// A value, as far as the text is one; else an id.
void add_id(queries::Suggestions& wanted, const ContentTypes& types, const std::string& text) {
  const auto ref = types.parse_value(text);
  if (!ref) {
    wanted.id = parse_id(text);
  } else if (std::erase_if(wanted.types, [&](const auto& type) { return type != ref->type; });
             !wanted.types.empty()) {
    wanted.id = ref->id;
  }
}

}  // namespace

std::optional<ListPage<ContentRecord>> ContentEditor::list(const ListFilter& filter,
                                                           std::optional<std::int64_t> number) {
  if (!is_page_number(number)) return std::nullopt;
  return with_number(queries::list_contents(database_, filter, number), number);
}

std::vector<ContentRecord> ContentEditor::autocomplete(const std::string& text, int limit) {
  queries::Suggestions wanted{text, std::nullopt, {}, {}, limit};
  const auto lower = to_lower(text);
  for (const auto& type : types_.all()) {
    if (!type.is_allowed) continue;
    wanted.types.push_back(type.name);
    if (!text.empty() && type.label.find(lower) != std::string::npos)
      wanted.by_label.push_back(type.name);
  }
  add_id(wanted, types_, text);
  if (wanted.types.empty()) return {};
  return queries::autocomplete(database_, wanted);
}

ContentDetail ContentEditor::get(Id content) {
  return detail_of(database_, content);
}

ContentDetail ContentEditor::create(const json::Value& body, const audit::Actor& actor) {
  const auto& type = read_content_type(types_, body);
  ContentRecord fresh;
  fresh.type = type.name;
  const auto draft = read_content(type, fresh, body);
  auto tx = database_.write();
  const auto [id, size] = queries::insert_content(tx, type.name, draft.title, draft.payload);
  check_size(size);
  audit::append(tx, actor, {"content.create", object_of(id), std::nullopt, draft.after});
  auto made = detail_of(tx, id);
  tx.commit();
  return made;
}

ContentDetail ContentEditor::change(Id content, const ExpectedVersion& expected,
                                    const json::Value& body, const audit::Actor& actor) {
  auto tx = database_.write();
  check_version(queries::lock_content(tx, content), content, expected);
  auto before = detail_of(tx, content);
  const auto draft = read_content(registered_type(types_, before.content), before.content, body);
  if (!draft.is_changed) return before;
  check_growth(tx, content,
               queries::update_content(tx, content, draft.title, draft.payload, draft.removed));
  audit::append(tx, actor, {"content.update", object_of(content), draft.before, draft.after});
  auto after = detail_of(tx, content);
  tx.commit();
  return after;
}

void ContentEditor::remove(Id content, const ExpectedVersion& expected, bool unlink,
                           const audit::Actor& actor) {
  if (unlink) {
    for (int attempt = 0; attempt < unlink_attempts; ++attempt) {
      if (try_unlink_and_remove(content, expected, actor)) return;
    }
    throw Error(ErrorCode::conflict, "pages get this content all the time, try again")
        .with_retry_after(std::chrono::seconds{1});
  }
  auto tx = database_.write();
  check_version(queries::lock_content_and_links(tx, content), content, expected);
  auto showing = queries::pages_of_content(tx, content, named_pages);
  if (showing.count > 0) throw ContentInUse(std::move(showing.pages), showing.count);
  delete_locked(tx, content, {}, actor);
}

// Pages are locked before the content, as every change of a page does. False: a page that was not
// locked has got the content meanwhile.
bool ContentEditor::try_unlink_and_remove(Id content, const ExpectedVersion& expected,
                                          const audit::Actor& actor) {
  auto tx = database_.write();
  const auto locked = ids_of(queries::pages_of_content(tx, content, std::nullopt).pages);
  queries::lock_pages(tx, locked);
  check_version(queries::lock_content_and_links(tx, content), content, expected);
  const auto showing = ids_of(queries::pages_of_content(tx, content, std::nullopt).pages);
  if (!std::includes(locked.begin(), locked.end(), showing.begin(), showing.end())) return false;
  queries::unlink_content(tx, content, showing);
  delete_locked(tx, content, showing, actor);
  return true;
}

}  // namespace feedctl::pages
