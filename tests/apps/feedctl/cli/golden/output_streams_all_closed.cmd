feedctl version <&- >&- 2>&-
