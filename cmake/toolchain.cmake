# Compiler-wide choices: warnings, sanitizers, ccache, linker.

option(BREAKWATER_WERROR "Treat warnings as errors" ON)
option(BREAKWATER_FUZZ "Build the fuzz targets in place of the tests" OFF)
set(BREAKWATER_SANITIZE "" CACHE STRING "Value for -fsanitize=, empty for none")

# Every preset but debug, since they are mostly built from nothing. A name in a file's anonymous namespace is then its
# room's: two files of one room can't both have it. The debug preset compiles file by file, as `./dev lint` reads them.
option(BREAKWATER_UNITY "Compile a target's sources together: a third of the work from nothing" OFF)
if(BREAKWATER_UNITY)
  set(CMAKE_UNITY_BUILD ON)
  set(CMAKE_UNITY_BUILD_BATCH_SIZE 12)
  # GCC takes a source that is included for a header, which should have no types of an anonymous namespace.
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # The precompiled headers need the sloppiness; the base directory lets two checkouts share one cache.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
endif()

find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

if(BREAKWATER_SANITIZE)
  add_compile_options(-fsanitize=${BREAKWATER_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${BREAKWATER_SANITIZE})
  if(BREAKWATER_SANITIZE MATCHES "thread")
    # Asio uses std::atomic_thread_fence, which TSan does not model; GCC says so for every use.
    add_compile_options(-Wno-tsan)
  endif()
endif()

# Everything has threads; targets that share a precompiled header must agree on that.
add_compile_options(-pthread)

# Warnings for our own targets; generated code and third-party headers are not ours to mend.
function(breakwater_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wcast-align
                         -Woverloaded-virtual -Wnull-dereference -Wimplicit-fallthrough -Wformat=2)
  if(BREAKWATER_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # The sanitizers' instrumentation makes GCC's flow warnings guess.
    target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized -Wno-null-dereference)
  endif()
  if(BREAKWATER_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()
