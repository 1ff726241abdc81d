#pragma once
// BlurHash: a short text that shows as a blurred preview of an image. Plain function.
//
// Algorithm: https://github.com/woltapp/blurhash/blob/master/Algorithm.md (Wolt Enterprises, MIT).
#include <string>
#include <string_view>

#include "images/bitmap.hpp"

namespace feedctl::images {

inline constexpr std::string_view blurhash_alphabet =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";

// Of a small image: the time is linear in its pixels. 4 x 3 components, fewer where it has fewer
// columns or rows. What is transparent counts as white.
std::string blurhash(const Bitmap& image);

}  // namespace feedctl::images
