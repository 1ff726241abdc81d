#pragma once
// Names and texts of a generated world. Each follows from the seed, the index and the language
// alone, so none is stored.
//
// Plain functions; thread-safe. Internal to lib/seed.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "seed/phrases.hpp"
#include "seed/random.hpp"

namespace feedctl::seed {

std::string generate_handle(std::uint64_t seed, std::size_t user);
std::string generate_name(std::uint64_t seed, std::size_t user, const Language& language);
// The language of a post: its author's own one or, of a third of the authors, at times English.
const Language& language_of_post(std::uint64_t seed, std::size_t post, std::size_t author,
                                 const Language& language);
std::string generate_text(std::uint64_t seed, std::size_t post, const Language& language);

// For pages: a short title, and a text of so many sentences.
std::string generate_title(Random& random, const Language& language);
std::string generate_sentences(Random& random, const Language& language, std::size_t count);

}  // namespace feedctl::seed
