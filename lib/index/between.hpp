#pragma once
// Where the writer may overtake a reader. Nothing happens here, but that tests/models/index lets
// others go on.
namespace feedctl::index {

#ifdef FEEDCTL_SMALL_INDEX
inline void (*go_on_between)() = nullptr;
inline void between() {
  if (go_on_between) go_on_between();
}
#else
inline void between() {}
#endif

}  // namespace feedctl::index
