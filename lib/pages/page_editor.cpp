#include "pages/page_editor.hpp"

#include <algorithm>

#include "pages/content_fields.hpp"
#include "pages/editor_queries.hpp"
#include "pages/page_draft.hpp"

namespace feedctl::pages {

namespace {

Error no_page(Id id) {
  return Error(ErrorCode::not_found, "Page with id " + std::to_string(id) + " not found");
}
Error no_link(Id id) {
  return Error(ErrorCode::not_found,
               "Content link with id " + std::to_string(id) + " not found: its page lost it");
}

std::string object_of(Id page) {
  return "page:" + std::to_string(page);
}

// One change of a page that exists, in its transaction.
class PageChange {
 public:
  PageChange(store::Database& database, const ContentTypes& types)
      : tx_(database.write()), types_(types) {}

  // Locks the page: its links cannot change any more.
  void open(Id page, const ExpectedVersion& expected) {
    const auto version = queries::lock_page(tx_, page);
    if (!version) throw no_page(page);
    if (!expected.allows(*version)) throw VersionConflict(*version);
    before_ = *queries::find_page(tx_, page);
    draft_ = PageDraft::of(before_);
  }
  void open_by_link(Id link, const ExpectedVersion& expected) {
    const auto page = queries::page_of_link(tx_, link);
    if (!page) throw no_link(link);
    open(*page, expected);
    place_ = std::find_if(draft_.slots.begin(), draft_.slots.end(),
                          [&](const Slot& slot) { return slot.link == link; }) -
             draft_.slots.begin();
    if (place_ == count()) throw no_link(link);  // removed while this waited for the lock
  }

  const PageRecord& before() const { return before_; }
  PageDraft& draft() { return draft_; }
  std::int64_t count() const { return static_cast<std::int64_t>(draft_.slots.size()); }
  // Of the link by which it was opened.
  std::int64_t place() const { return place_; }
  store::WriteTx& tx() { return tx_; }

  // Checks the draft, then writes it.
  PageRecord save(std::vector<FieldError> faults, const audit::Actor& actor) {
    check(std::move(faults));
    if (draft_.is_same(before_)) return before_;
    write_links(before_.id);
    queries::update_page(tx_, before_.id, draft_.title, draft_.state);
    const auto old = PageDraft::of(before_);
    audit::append(tx_, actor,
                  {"page.update", object_of(before_.id), to_audit_json(types_, old, &draft_),
                   to_audit_json(types_, draft_, &old)});
    return finish(before_.id);
  }

  PageRecord create(std::vector<FieldError> faults, const audit::Actor& actor) {
    check(std::move(faults));
    const auto id = queries::insert_page(tx_, draft_.title, draft_.state);
    write_links(id);
    audit::append(tx_, actor,
                  {"page.create", object_of(id), std::nullopt, to_audit_json(types_, draft_)});
    return finish(id);
  }

 private:
  // Contents that the page already has may stay, whatever their type.
  void check(std::vector<FieldError> faults) {
    std::vector<Id> added;
    for (const auto& slot : draft_.slots) {
      if (slot.link == 0) added.push_back(slot.content);
    }
    const auto types =
        added.empty() ? std::map<Id, std::string>{} : queries::hold_contents(tx_, added);
    for (const auto& slot : draft_.slots) {
      if (slot.link != 0) continue;
      const auto found = types.find(slot.content);
      const bool exists = found != types.end() && found->second == slot.type;
      if (auto fault = fault_of(slot, exists)) faults.push_back({slot.pointer, std::move(*fault)});
    }
    throw_faults(faults);
  }

  std::optional<std::string> fault_of(const Slot& slot, bool exists) const {
    const auto value = types_.value_of(slot.type, slot.content);
    if (slot.registered == nullptr) return value + " has a type that is not configured";
    if (!exists) return "there is no " + value;
    if (!slot.registered->is_allowed)
      return "pages may not hold " + slot.registered->label +
             "; pages.allowed_content_models says which they may";
    return std::nullopt;
  }

  void write_links(Id page) {
    std::vector<Id> kept, added;
    std::vector<std::int64_t> kept_positions, added_positions;
    std::int64_t position = 0;
    for (const auto& slot : draft_.slots) {
      (slot.link == 0 ? added : kept).push_back(slot.link == 0 ? slot.content : slot.link);
      (slot.link == 0 ? added_positions : kept_positions).push_back(position++);
    }
    if (kept.size() < before_.links.size()) queries::delete_other_links(tx_, page, kept);
    if (!kept.empty()) queries::move_links(tx_, kept, kept_positions);
    if (added.empty()) return;
    queries::insert_links(tx_, page, added, added_positions);
    if (auto fault = page_size_fault(queries::size_of_page(tx_, page)))
      throw_faults({{pointer_of_added(), std::move(*fault)}});
  }

  // "/content" of a request with one, "/contents" of one with a list.
  std::string pointer_of_added() const {
    const auto added = std::find_if(draft_.slots.begin(), draft_.slots.end(),
                                    [](const Slot& slot) { return slot.link == 0; });
    return added->pointer.substr(0, added->pointer.find('/', 1));
  }

  PageRecord finish(Id page) {
    auto after = *queries::find_page(tx_, page);
    tx_.commit();
    return after;
  }

  store::WriteTx tx_;
  const ContentTypes& types_;
  PageRecord before_;
  PageDraft draft_;
  std::int64_t place_ = 0;
};

// Adds a fault where the position is none of 0 to `max`.
std::int64_t checked_position(PlaceInput& input, std::int64_t max) {
  const auto position = input.position.value_or(max);
  if (position >= 0 && position <= max) return position;
  input.faults.push_back({"/position", "must be from 0 to " + std::to_string(max)});
  return max;
}

}  // namespace

std::optional<ListPage<PageRow>> PageEditor::list(const ListFilter& filter,
                                                  std::optional<std::int64_t> number) {
  if (!is_page_number(number)) return std::nullopt;
  return with_number(queries::list_pages(database_, filter, number), number);
}

PageRecord PageEditor::get(Id page) {
  auto found = queries::find_page(database_, page);
  if (!found) throw no_page(page);
  return std::move(*found);
}

PageRecord PageEditor::create(PageInput input, const audit::Actor& actor) {
  PageChange change(database_, types_);
  change.draft().title = input.title.value_or("");
  change.draft().state = input.state.value_or(State::draft);
  if (input.contents) change.draft().slots = reuse_links({}, *input.contents);
  return change.create(std::move(input.faults), actor);
}

PageRecord PageEditor::change(Id page, const ExpectedVersion& expected, PageInput input,
                              const audit::Actor& actor) {
  PageChange change(database_, types_);
  change.open(page, expected);
  if (input.title) change.draft().title = *input.title;
  if (input.state) change.draft().state = *input.state;
  if (input.contents) change.draft().slots = reuse_links(change.before(), *input.contents);
  return change.save(std::move(input.faults), actor);
}

void PageEditor::remove(Id page, const ExpectedVersion& expected, const audit::Actor& actor) {
  PageChange change(database_, types_);
  change.open(page, expected);
  queries::delete_page(change.tx(), page);
  audit::append(
      change.tx(), actor,
      {"page.delete", object_of(page), to_audit_json(types_, change.draft()), std::nullopt});
  change.tx().commit();
}

PageRecord PageEditor::add_content(Id page, const ExpectedVersion& expected, PlaceInput input,
                                   const audit::Actor& actor) {
  PageChange change(database_, types_);
  change.open(page, expected);
  const auto position = checked_position(input, change.count());
  auto& slots = change.draft().slots;
  if (slots.size() >= max_contents)
    input.faults.push_back(
        {"/content", "the page holds " + std::to_string(max_contents) + " contents, no more fit"});
  if (input.content) slots.insert(slots.begin() + position, new_slot(*input.content));
  return change.save(std::move(input.faults), actor);
}

PageRecord PageEditor::move_content(Id link, const ExpectedVersion& expected, PlaceInput input,
                                    const audit::Actor& actor) {
  PageChange change(database_, types_);
  change.open_by_link(link, expected);
  const auto position = checked_position(input, change.count() - 1);
  auto& slots = change.draft().slots;
  auto slot = slots[static_cast<std::size_t>(change.place())];
  slots.erase(slots.begin() + change.place());
  slots.insert(slots.begin() + position, std::move(slot));
  return change.save(std::move(input.faults), actor);
}

PageRecord PageEditor::remove_content(Id link, const ExpectedVersion& expected,
                                      const audit::Actor& actor) {
  PageChange change(database_, types_);
  change.open_by_link(link, expected);
  change.draft().slots.erase(change.draft().slots.begin() + change.place());
  return change.save({}, actor);
}

}  // namespace feedctl::pages
