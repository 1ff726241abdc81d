# Writes feedctl/build.hpp at build time, touching it only when the version or the commit changed.
execute_process(COMMAND git -C "${SOURCE}" rev-parse --short=12 HEAD
                OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed AND NOT "$ENV{FEEDCTL_COMMIT}" STREQUAL "")
  set(commit "$ENV{FEEDCTL_COMMIT}")
elseif(failed)
  set(commit "no commit")
endif()
execute_process(COMMAND git -C "${SOURCE}" log -1 --format=%cs
                OUTPUT_VARIABLE date OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed)
  string(TIMESTAMP date "%Y-%m-%d" UTC)
endif()
file(CONFIGURE OUTPUT "${OUTPUT}" CONTENT
"#pragma once
#define FEEDCTL_VERSION \"${VERSION}\"
#define FEEDCTL_COMMIT \"${commit}\"
#define FEEDCTL_COMMIT_DATE \"${date}\"
")
