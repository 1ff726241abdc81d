// What people are called and what they write: made from the seed and the index, never stored.
#include <iterator>

#include "seed/generate.hpp"
#include "seed/random.hpp"

namespace feedctl::seed {

namespace {

constexpr std::uint64_t name_stream = 1ULL << 40;
constexpr std::uint64_t text_stream = 2ULL << 40;

constexpr const char* first_names[] = {
    "Ada", "Ben",  "Chloe", "Dan",  "Emma", "Finn", "Gina", "Hugo", "Iris", "Jon",  "Kim",  "Leo",
    "Mia", "Nils", "Olga",  "Paul", "Rosa", "Sam",  "Tara", "Uma",  "Vera", "Will", "Yara", "Zoe"};
constexpr const char* last_names[] = {"Adler", "Brook", "Costa", "Dahl",  "Evans", "Frost",
                                      "Gray",  "Holm",  "Ito",   "Jones", "Klein", "Lund",
                                      "Moore", "Novak", "Ortiz", "Park",  "Quinn", "Reyes",
                                      "Silva", "Tran",  "Vogel", "Weber", "Young", "Zhang"};
constexpr const char* words[] = {
    "again", "all",    "and",    "are",   "as",    "at",    "back",  "because", "best",  "bike",
    "but",   "coffee", "day",    "every", "for",   "found", "from",  "garden",  "good",  "have",
    "home",  "how",    "in",     "is",    "it",    "just",  "last",  "light",   "like",  "little",
    "long",  "made",   "more",   "music", "new",   "night", "not",   "now",     "of",    "on",
    "one",   "people", "photo",  "rain",  "river", "saw",   "small", "so",      "some",  "still",
    "sun",   "talk",   "the",    "then",  "this",  "time",  "to",    "today",   "train", "walk",
    "was",   "we",     "window", "with"};

template <typename List>
const char* any(const List& list, Random& random) {
  return list[random.below(std::size(list))];
}

}  // namespace

std::string Generated::handle(std::size_t user) const {
  return "s" + std::to_string(shape.seed) + "_" + std::to_string(user);
}

std::string Generated::name(std::size_t user) const {
  Random random(shape.seed, name_stream + user);
  const std::string first = any(first_names, random);
  return first + " " + any(last_names, random);
}

std::string Generated::text(std::size_t post) const {
  Random random(shape.seed, text_stream + post);
  const std::size_t length = 8 + random.skewed(40, 1.4);
  std::string text = any(words, random);
  text[0] = static_cast<char>(text[0] - 'a' + 'A');
  for (std::size_t i = 1; i < length; ++i) {
    text += ' ';
    text += any(words, random);
  }
  return text;
}

}  // namespace feedctl::seed
