#include "seed/profiles.hpp"

namespace feedctl::seed {

namespace {

// A few seconds.
Shape medium() {
  Shape shape;
  shape.users = 10'000;
  shape.follows = 100'000;
  shape.posts = 50'000;
  shape.likes = 200'000;
  shape.views = 1'000'000;
  shape.pages = 50;
  return shape;
}

// Below 8 GB on disk.
Shape million() {
  Shape shape;
  shape.users = 1'000'000;
  shape.follows = 10'000'000;
  shape.posts = 1'000'000;
  shape.likes = 10'000'000;
  shape.views = 50'000'000;
  shape.pages = 1'000;
  return shape;
}

}  // namespace

std::optional<Shape> profile_shape(std::string_view name) {
  if (name == "medium") return medium();
  if (name == "million") return million();
  return std::nullopt;
}

}  // namespace feedctl::seed
