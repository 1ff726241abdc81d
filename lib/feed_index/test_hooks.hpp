#pragma once
// Points where the writer may overtake a reader. A no-op in the product; the models of
// tests/models/feed_index run other threads here.
namespace feedctl::feed_index {

#ifdef FEEDCTL_SMALL_INDEX
inline void (*interleave_hook)() = nullptr;
inline void interleave_for_test() {
  if (interleave_hook) interleave_hook();
}
#else
inline void interleave_for_test() {}
#endif

}  // namespace feedctl::feed_index
