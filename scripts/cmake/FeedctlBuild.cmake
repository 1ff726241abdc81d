# How everything here is compiled, and the functions that declare libraries, programs and tests.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

set(FEEDCTL_SANITIZE "" CACHE STRING "Sanitizers to build with, e.g. address,undefined or thread")

# What ships is built with BUILD_TESTING=OFF, so without failpoints.
set(FEEDCTL_FAILPOINTS AUTO CACHE STRING "Failpoints for tests: ON, OFF, or AUTO: as BUILD_TESTING")
set_property(CACHE FEEDCTL_FAILPOINTS PROPERTY STRINGS AUTO ON OFF)
set(with_failpoints ${FEEDCTL_FAILPOINTS})
if(FEEDCTL_FAILPOINTS STREQUAL "AUTO")
  set(with_failpoints ${BUILD_TESTING})
endif()
if(with_failpoints)
  add_compile_definitions(FEEDCTL_FAILPOINTS)
endif()

find_program(FEEDCTL_CCACHE ccache)
if(FEEDCTL_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${FEEDCTL_CCACHE}")
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Werror)
# g++ 12 sees impossible overlaps in std::string (GCC bug 105651), and impossible overflows too once the standard
# headers are precompiled.
add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
if(NOT CMAKE_DISABLE_PRECOMPILE_HEADERS)
  add_compile_options("$<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds;-Wno-stringop-overflow;-Wno-stringop-overread>")
endif()
add_compile_definitions(_GLIBCXX_ASSERTIONS)
if(FEEDCTL_SANITIZE)
  add_compile_options(-fsanitize=${FEEDCTL_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${FEEDCTL_SANITIZE})
  # Instrumented code makes g++ see paths that cannot happen.
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
else()
  add_compile_options($<$<CONFIG:Release>:-D_FORTIFY_SOURCE=2> -fstack-protector-strong)
  add_link_options(-pie -Wl,-z,relro,-z,now)
endif()

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

set(FEEDCTL_GENERATED "${CMAKE_BINARY_DIR}/generated")

# What nearly every file includes is read once: half of the time to compile a file of the tests, a third of
# one of the libraries. A file names what it uses all the same; the clang preset builds without.
# ccache needs two concessions to look into a precompiled header (its manual, "Precompiled headers"). Paths below the
# sources are relative to it, so that another clone finds what this one compiled.
add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
if(FEEDCTL_CCACHE)
  list(PREPEND CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_SLOPPINESS=pch_defines,time_macros
       CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1)
endif()
set(FEEDCTL_STANDARD_HEADERS
    <algorithm> <atomic> <charconv> <chrono> <condition_variable> <cstdint> <functional> <map> <memory> <mutex>
    <optional> <span> <string> <string_view> <thread> <unordered_map> <utility> <variant> <vector>)
# Unlike file(WRITE), it leaves a file of the same content alone, so a configure makes nothing out of date.
file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/precompiled/empty.cpp" CONTENT "")

# feedctl_precompiled(NAME HEADER...): a target whose precompiled header others use by REUSE_FROM.
function(feedctl_precompiled name)
  add_library(${name} OBJECT "${CMAKE_BINARY_DIR}/precompiled/empty.cpp")
  target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}/lib" "${CMAKE_SOURCE_DIR}/tests")
  target_precompile_headers(${name} PRIVATE ${ARGN})
endfunction()
feedctl_precompiled(feedctl_pch ${FEEDCTL_STANDARD_HEADERS})

# feedctl_sql(TARGET FEATURE): sql/queries/FEATURE/*.sql become constants in <sql/FEATURE.hpp>, which is made once
# for all targets that ask for it.
function(feedctl_sql target feature)
  set(header "${FEEDCTL_GENERATED}/sql/${feature}.hpp")
  if(NOT TARGET feedctl_sql_${feature})
    file(GLOB files CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/sql/queries/${feature}/*.sql")
    add_custom_command(
      OUTPUT "${header}"
      COMMAND "${CMAKE_COMMAND}" -DKIND=queries -DFEATURE=${feature} "-DFILES=${files}" "-DOUTPUT=${header}"
              -P "${CMAKE_SOURCE_DIR}/scripts/cmake/EmbedSql.cmake"
      DEPENDS ${files} "${CMAKE_SOURCE_DIR}/scripts/cmake/EmbedSql.cmake"
      VERBATIM)
    add_custom_target(feedctl_sql_${feature} DEPENDS "${header}")
  endif()
  add_dependencies(${target} feedctl_sql_${feature})
endfunction()

# feedctl_library(NAME [DEPS other...] [EXTERNAL target...] [SQL feature...]): the folder's *.cpp as
# one static library. DEPS is what its sources may include; tests/architecture holds them to it.
function(feedctl_library name)
  cmake_parse_arguments(ARG "" "" "DEPS;EXTERNAL;SQL" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  set(target feedctl_${name})
  if(NOT sources)
    file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp" CONTENT "// headers only\n")
    set(sources "${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp")
  endif()
  add_library(${target} STATIC ${sources})
  set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX)
  target_precompile_headers(${target} REUSE_FROM feedctl_pch)
  target_include_directories(${target} PUBLIC "${CMAKE_SOURCE_DIR}/lib" "${FEEDCTL_GENERATED}")
  list(TRANSFORM ARG_DEPS PREPEND feedctl_)
  target_link_libraries(${target} PUBLIC ${ARG_DEPS} PRIVATE ${ARG_EXTERNAL} Threads::Threads)
  foreach(feature IN LISTS ARG_SQL)
    feedctl_sql(${target} ${feature})
  endforeach()
endfunction()

# Some sixty test programs are linked, each with most libraries: gold takes a quarter of the time. The
# program itself is linked by the system's linker.
find_program(FEEDCTL_GOLD ld.gold)

# feedctl_test_options(TARGET): tests are optimized little: what they test is optimized, and they would only take
# longer to compile.
function(feedctl_test_options target)
  if(NOT TARGET feedctl_test_pch)
    feedctl_precompiled(feedctl_test_pch ${FEEDCTL_STANDARD_HEADERS}
                        "${CMAKE_SOURCE_DIR}/tests/support/catch.hpp")
    # As for programs, so that programs may use it.
    set_target_properties(feedctl_test_pch PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(feedctl_test_pch PRIVATE -fPIE $<$<CONFIG:Release>:-Og>)
  endif()
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-Og>)
  target_precompile_headers(${target} REUSE_FROM feedctl_test_pch)
endfunction()

# feedctl_tests(NAME LABELS label... LIBS other... [EXTERNAL target...] [TIMEOUT s] [COST s] [OPTIMIZED]):
# the folder's *.cpp as one Catch2 program and one ctest entry, named NAME. The time-out is for what
# hangs, so a busy machine must not come to it. COST: what it takes, more or less; the longest begin
# first, so that none runs alone at the end. OPTIMIZED: for tests that search exhaustively.
function(feedctl_tests name)
  cmake_parse_arguments(ARG "OPTIMIZED" "TIMEOUT;COST" "LABELS;LIBS;EXTERNAL" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  set(target test_${name})
  add_executable(${target} ${sources})
  target_include_directories(${target} PRIVATE "${CMAKE_SOURCE_DIR}/tests")
  if(FEEDCTL_GOLD)
    target_link_options(${target} PRIVATE -fuse-ld=gold)
  endif()
  if(NOT ARG_OPTIMIZED)
    feedctl_test_options(${target})
  endif()
  list(TRANSFORM ARG_LIBS PREPEND feedctl_)
  target_link_libraries(${target} PRIVATE ${ARG_LIBS} ${ARG_EXTERNAL} feedctl_test_main Threads::Threads)
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 1200)
  endif()
  if(NOT ARG_COST)
    set(ARG_COST 10)
  endif()
  add_test(NAME ${name} COMMAND ${target})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT} COST ${ARG_COST}
    ENVIRONMENT "FEEDCTL_BINARY=${CMAKE_BINARY_DIR}/apps/feedctl/feedctl;FEEDCTL_SOURCE=${CMAKE_SOURCE_DIR}")
endfunction()
