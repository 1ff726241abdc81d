#pragma once
// What every fuzz target has: a function of some bytes that must come back for all of them. The
// fuzzers (scripts/fuzz) look for bytes for which it does not; test_fuzz replays the corpus.
#include <stdexcept>
#include <string>
#include <string_view>

namespace feedctl::fuzz {

// A property that does not hold.
struct Violation : std::logic_error {
  using std::logic_error::logic_error;
};

inline void require(bool holds, const std::string& what) {
  if (!holds) throw Violation(what);
}

// Bytes as text for a message.
std::string shown(std::string_view bytes);
// Every byte as %xx.
std::string percent_encoded(std::string_view text);

// One for each folder of corpus/, in the file of its name.
void access_token(std::string_view bytes);
void amqp(std::string_view bytes);
void cbor(std::string_view bytes);
void config(std::string_view bytes);
void cursor(std::string_view bytes);
void fields(std::string_view bytes);
void framer(std::string_view bytes);
void html_text(std::string_view bytes);
void id_token(std::string_view bytes);
void image(std::string_view bytes);
void json(std::string_view bytes);
void json_scanner(std::string_view bytes);
void key(std::string_view bytes);
void log(std::string_view bytes);
void multipart(std::string_view bytes);
void rate(std::string_view bytes);
void redact(std::string_view bytes);
void redirect(std::string_view bytes);
void target(std::string_view bytes);
void time(std::string_view bytes);
void token(std::string_view bytes);

}  // namespace feedctl::fuzz
