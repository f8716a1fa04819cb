# The tests that run the real server: tests/sql, tests/drivers, tests/faults. All of them are Python programs
# that take --server PROGRAM; tests/harness/server.py starts it on a free port with a fresh data directory.

set(PYTHON /usr/bin/python3)  # Debian's, which has python3-pymysql

# system_test(name label timeout program [arguments...])
function(system_test name label timeout program)
  add_test(NAME ${name} COMMAND ${CMAKE_COMMAND} -E env PYTHONPATH=${CMAKE_SOURCE_DIR}/tests PYTHONDONTWRITEBYTECODE=1
           ${PYTHON} ${CMAKE_SOURCE_DIR}/tests/${program} --server $<TARGET_FILE:breakwater> ${ARGN})
  set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT ${timeout})
endfunction()

add_test(NAME format_file_vectors COMMAND ${PYTHON} ${CMAKE_SOURCE_DIR}/tests/harness/format_file.py vectors)
add_test(NAME rules COMMAND ${PYTHON} ${CMAKE_SOURCE_DIR}/tests/harness/rules.py)
set_tests_properties(format_file_vectors rules PROPERTIES LABELS unit TIMEOUT 60)

if(NOT TARGET breakwater)
  return()
endif()

# The sanitizers make everything several times slower: fewer rounds there, the same tests.
if(BREAKWATER_SANITIZE)
  set(KILL_ROUNDS 15)
else()
  set(KILL_ROUNDS 200)
endif()

file(GLOB sql_scripts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/sql/*.test)
foreach(script ${sql_scripts})
  get_filename_component(name ${script} NAME_WE)
  system_test(sql_${name} sql 300 sql/run.py ${script})
endforeach()
