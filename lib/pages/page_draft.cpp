#include "pages/page_draft.hpp"

#include <algorithm>

#include "base/json_writer.hpp"

namespace feedctl::pages {

namespace {

bool shows_same(const PageDraft& one, const PageDraft& other) {
  return std::equal(one.slots.begin(), one.slots.end(), other.slots.begin(), other.slots.end(),
                    [](const Slot& a, const Slot& b) { return a.content == b.content; });
}

}  // namespace

PageDraft PageDraft::of(const PageRecord& page) {
  PageDraft draft{page.title, page.state};
  for (const auto& link : page.links)
    draft.slots.push_back({.link = link.id, .content = link.content.id, .type = link.content.type});
  return draft;
}

bool PageDraft::is_same(const PageRecord& page) const {
  return title == page.title && state == page.state &&
         std::equal(slots.begin(), slots.end(), page.links.begin(), page.links.end(),
                    [](const Slot& slot, const PageLink& link) { return slot.link == link.id; });
}

Slot new_slot(const WantedContent& wanted) {
  return {.content = wanted.ref.id,
          .type = wanted.ref.type,
          .pointer = wanted.pointer,
          .registered = wanted.ref.registered};
}

std::vector<Slot> reuse_links(const PageRecord& page, const std::vector<WantedContent>& wanted) {
  auto free = PageDraft::of(page).slots;
  std::vector<Slot> slots;
  for (const auto& content : wanted) {
    const auto found = std::find_if(free.begin(), free.end(), [&](const Slot& slot) {
      return slot.content == content.ref.id && slot.type == content.ref.type;
    });
    if (found == free.end()) {
      slots.push_back(new_slot(content));
      continue;
    }
    slots.push_back(std::move(*found));
    free.erase(found);
  }
  return slots;
}

std::string to_audit_json(const ContentTypes& types, const PageDraft& page,
                          const PageDraft* other) {
  std::string out;
  json::Writer writer(out);
  writer.open_object();
  if (other == nullptr || page.title != other->title) writer.text("title", page.title);
  if (other == nullptr || page.state != other->state) writer.text("state", to_string(page.state));
  if (other == nullptr || !shows_same(page, *other)) {
    writer.key("contents").open_array();
    for (const auto& slot : page.slots) writer.text(types.value_of(slot.type, slot.content));
    writer.close_array();
  }
  writer.close_object();
  return out;
}

}  // namespace feedctl::pages
