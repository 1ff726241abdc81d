#include "seed/text_generator.hpp"

#include <iterator>

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
const char* pick(const List& list, Random& random) {
  return list[random.uniform_below(std::size(list))];
}

}  // namespace

std::string generate_handle(std::uint64_t seed, std::size_t user) {
  return "s" + std::to_string(seed) + "_" + std::to_string(user);
}

std::string generate_name(std::uint64_t seed, std::size_t user) {
  Random random(seed, name_stream + user);
  const std::string first = pick(first_names, random);
  return first + " " + pick(last_names, random);
}

std::string generate_text(std::uint64_t seed, std::size_t post) {
  Random random(seed, text_stream + post);
  const std::size_t length = 8 + random.skewed(40, 1.4);
  std::string text = pick(words, random);
  text[0] = static_cast<char>(text[0] - 'a' + 'A');
  for (std::size_t i = 1; i < length; ++i) {
    text += ' ';
    text += pick(words, random);
  }
  return text;
}

}  // namespace feedctl::seed
