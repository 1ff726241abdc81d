#include "seed/text_generator.hpp"

namespace feedctl::seed {

namespace {

constexpr std::uint64_t name_stream = 1ULL << 40;
constexpr std::uint64_t text_stream = 2ULL << 40;
constexpr std::uint64_t bilingual_stream = 3ULL << 40;

std::string_view pick(Words words, Random& random) {
  return words[random.uniform_below(words.size())];
}

// Of the letters that begin sentences here: ASCII and Cyrillic.
void capitalize(std::string& text, std::size_t at) {
  auto& c = text[at];
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (at + 1 >= text.size()) return;
  auto& next = text[at + 1];
  const auto code =
      static_cast<unsigned>(static_cast<unsigned char>(c)) << 8 | static_cast<unsigned char>(next);
  if (code >= 0xd0b0 && code <= 0xd0bf) next = static_cast<char>(next - 0x20);
  if (code < 0xd180 || code > 0xd18f) return;
  c = static_cast<char>(0xd0);
  next = static_cast<char>(next + 0x20);
}

std::string_view fill(char slot, const Language& language, Random& random) {
  switch (slot) {
    case 't':
      return pick(language.times, random);
    case 'a':
      return pick(language.activities, random);
    case 'p':
      return pick(language.places, random);
    default:
      return pick(language.remarks, random);
  }
}

void append_sentence(std::string& text, const Language& language, Random& random) {
  const auto start = text.size();
  const auto sentence = pick(language.templates, random);
  for (std::size_t i = 0; i < sentence.size(); ++i) {
    if (sentence[i] == '%')
      text += fill(sentence[++i], language, random);
    else
      text += sentence[i];
  }
  capitalize(text, start);
}

}  // namespace

std::string generate_handle(std::uint64_t seed, std::size_t user) {
  return "s" + std::to_string(seed) + "_" + std::to_string(user);
}

std::string generate_name(std::uint64_t seed, std::size_t user, const Language& language) {
  Random random(seed, name_stream + user);
  std::string first(pick(language.first_names, random));
  std::string last(pick(language.last_names, random));
  return language.is_family_name_first ? last + " " + first : first + " " + last;
}

const Language& language_of_post(std::uint64_t seed, std::size_t post, std::size_t author,
                                 const Language& language) {
  Random person(seed, bilingual_stream + author);
  if (person.uniform() >= 0.33) return language;
  Random random(seed, bilingual_stream + (1ULL << 39) + post);
  return random.uniform() < 0.3 ? languages().front() : language;
}

std::string generate_sentences(Random& random, const Language& language, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) text += language.space;
    append_sentence(text, language, random);
  }
  return text;
}

// One sentence in half of the posts, up to seven in the others.
std::string generate_text(std::uint64_t seed, std::size_t post, const Language& language) {
  Random random(seed, text_stream + post);
  return generate_sentences(random, language, 1 + random.skewed(7, 2.6));
}

std::string generate_title(Random& random, const Language& language) {
  std::string title(pick(language.activities, random));
  capitalize(title, 0);
  return title;
}

}  // namespace feedctl::seed
