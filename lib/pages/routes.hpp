#pragma once
// The HTTP routes of pages.
#include <functional>
#include <span>
#include <string_view>

#include "http/router.hpp"
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

void add_routes(http::Router& router, Deps deps);

}  // namespace feedctl::pages
