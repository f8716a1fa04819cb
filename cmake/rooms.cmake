# A room is a static library that sees its own headers and those of the rooms it links, and no others: each
# room's headers are reached through a directory of its own, build/rooms/<target>/, which holds one link.

# breakwater_view(target path): lets users of `target` include "path/...".
function(breakwater_view target scope path)
  set(view ${CMAKE_BINARY_DIR}/rooms/${target})
  get_filename_component(parent ${path} DIRECTORY)
  file(MAKE_DIRECTORY ${view}/${parent})
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${path} ${view}/${path} SYMBOLIC)
  target_include_directories(${target} ${scope} ${view})
endfunction()

# breakwater_room(target path [SOURCES ...] LINKS ... [PRIVATE_LINKS ...])
# Without SOURCES every .cpp directly in `path` belongs to the room.
function(breakwater_room target path)
  cmake_parse_arguments(ROOM "" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  if(NOT ROOM_SOURCES)
    file(GLOB ROOM_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${path}/*.cpp)
  endif()
  add_library(${target} STATIC ${ROOM_SOURCES})
  breakwater_view(${target} PUBLIC ${path})
  target_link_libraries(${target} PUBLIC ${ROOM_LINKS} PRIVATE ${ROOM_PRIVATE_LINKS})
  breakwater_warnings(${target})
endfunction()
