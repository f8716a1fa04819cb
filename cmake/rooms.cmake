# A room is a static library that sees its own headers and those that the rooms it links show, and no others: what
# is shown is reached through a directory of its own, build/rooms/<target>/, which holds links to it.
#
# tests/harness/rooms.py reads these calls too, and proves the same from the #include lines.

# What nearly every file includes is parsed once, for base and those who share its precompiled header.
set(COMMON_HEADERS
    <algorithm> <array> <atomic> <chrono> <cstdint> <expected> <functional> <map> <memory> <mutex> <optional> <set> <span>
    <string> <string_view> <unordered_map> <utility> <variant> <vector> ${CMAKE_SOURCE_DIR}/base/error.h)

# What was shown at an earlier configuration may not be any more.
file(REMOVE_RECURSE ${CMAKE_BINARY_DIR}/rooms)

# breakwater_view(target scope path...): lets users of `target` include "path" or, of a folder, "path/...".
function(breakwater_view target scope)
  set(view ${CMAKE_BINARY_DIR}/rooms/${target})
  if(scope STREQUAL "PRIVATE")
    set(view ${view}.inside)
  endif()
  foreach(path ${ARGN})
    get_filename_component(parent ${path} DIRECTORY)
    file(MAKE_DIRECTORY ${view}/${parent})
    file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${path} ${view}/${path} SYMBOLIC)
  endforeach()
  target_include_directories(${target} ${scope} ${view})
endfunction()

# breakwater_room(target path [APART] [SHOWS header...] LINKS target... [PRIVATE_LINKS target...] [PCH target])
#   APART          its files are compiled one by one always: each is a table with the same names (BREAKWATER_UNITY)
#   SHOWS          what others may include; without it the whole folder
#   LINKS          rooms whose headers the shown ones include, so that they come with this one
#   PRIVATE_LINKS  what the room works with, unseen by others
#   PCH            whose precompiled header it shares; by default base's
# Every .cpp in `path` belongs to the room. Its own tests see all of it: breakwater_inside().
function(breakwater_room target path)
  cmake_parse_arguments(ROOM "APART" "PCH" "SHOWS;LINKS;PRIVATE_LINKS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${path}/*.cpp)
  add_library(${target} STATIC ${sources})
  if(ROOM_SHOWS)
    list(TRANSFORM ROOM_SHOWS PREPEND ${path}/ OUTPUT_VARIABLE shown)
    breakwater_view(${target} PUBLIC ${shown})
    breakwater_view(${target} PRIVATE ${path})
  else()
    breakwater_view(${target} PUBLIC ${path})
  endif()
  target_link_libraries(${target} PUBLIC ${ROOM_LINKS} PRIVATE ${ROOM_PRIVATE_LINKS})
  breakwater_warnings(${target})
  if(ROOM_APART)
    set_target_properties(${target} PROPERTIES UNITY_BUILD OFF)
  endif()
  if(ROOM_PCH)
    target_precompile_headers(${target} REUSE_FROM ${ROOM_PCH})
    # GCC 12's flow analysis loses its way in coroutine frames that hold a std::expected.
    target_compile_options(${target} PRIVATE -Wno-null-dereference -Wno-maybe-uninitialized
                                             -Wno-mismatched-new-delete)
  elseif(NOT target STREQUAL "base")
    target_precompile_headers(${target} REUSE_FROM base)
  endif()
endfunction()

# breakwater_inside(target room...): `target`, a test, sees all of the rooms and of what they work with.
function(breakwater_inside target)
  foreach(room ${ARGN})
    target_link_libraries(${target} PRIVATE ${room})
    target_include_directories(${target} PRIVATE $<TARGET_PROPERTY:${room},INCLUDE_DIRECTORIES>)
  endforeach()
endfunction()

# breakwater_doors(target ROOMS room... SHOWS path...): rooms within a room as those outside see them: these
# headers of theirs, or folders, and no others.
function(breakwater_doors target)
  cmake_parse_arguments(DOORS "" "" "ROOMS;SHOWS;LINKS" ${ARGN})
  add_library(${target} INTERFACE)
  breakwater_view(${target} INTERFACE ${DOORS_SHOWS})
  foreach(room ${DOORS_ROOMS})
    target_link_libraries(${target} INTERFACE $<LINK_ONLY:${room}>)
  endforeach()
  target_link_libraries(${target} INTERFACE ${DOORS_LINKS})
endfunction()
