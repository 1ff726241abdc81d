#pragma once
#include <string_view>

namespace feedctl::cli {

// The reader of standard output has gone: nothing more to say, and no error.
struct ReaderGone {};

// Gives closed standard streams a harmless descriptor, so that no file or socket gets their number.
void prepare_streams();

// All of it to standard output. Throws ReaderGone, or Error(failed) for a full disk and the like.
void write_out(std::string_view text);

}  // namespace feedctl::cli
