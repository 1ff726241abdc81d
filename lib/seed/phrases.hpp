#pragma once
// Word lists and sentence templates of the languages in which generated people write, with their
// names and time zones. Constants; thread-safe. Internal to lib/seed.
#include <span>
#include <string_view>

namespace feedctl::seed {

using Words = std::span<const std::string_view>;

struct Language {
  std::string_view code;       // "en"
  int weight;                  // share of the people, of the sum of all weights
  std::span<const int> zones;  // hours east of UTC
  Words first_names, last_names;
  bool is_family_name_first;
  // In a template %t is a time of day, %a an activity, %p a place, %r a remark. Nothing is
  // inflected: the lists hold whole phrases that fit together.
  Words templates, times, activities, places, remarks;
  std::string_view space;  // between two sentences
};

// English first: it is everybody's second language.
std::span<const Language> languages();

extern const Language english, spanish, german;
extern const Language russian, japanese, arabic;

}  // namespace feedctl::seed
