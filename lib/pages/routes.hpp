#pragma once
// The HTTP routes of pages: what readers see, and what editors change.
#include <functional>
#include <span>
#include <string_view>

#include "http/router.hpp"
#include "pages/content_editor.hpp"
#include "pages/page_editor.hpp"
#include "pages/pages.hpp"

namespace feedctl::pages {

// Called when a page is read, once for each type of its contents. An id may stand there twice. Must
// neither wait nor throw.
using OnContentsShown = std::function<void(std::string_view label, std::span<const Id> contents)>;

// All of these must outlive the router.
struct Deps {
  Pages& pages;
  OnContentsShown on_contents_shown = {};
};
struct EditorDeps {
  const ContentTypes& types;
  PageEditor& pages;
  ContentEditor& contents;
};

void add_routes(http::Router& router, Deps deps);
// Below /api/v1/admin/, for editors and admins.
void add_editor_routes(http::Router& router, const EditorDeps& deps);

}  // namespace feedctl::pages
