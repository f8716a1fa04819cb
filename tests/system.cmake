# The tests that run the real server: tests/sql, tests/drivers, tests/faults, tests/nfs, tests/stores. All are Python programs
# that take --server PROGRAM; tests/harness/server.py starts it on a free port with a fresh data directory.

set(PYTHON /usr/bin/python3)  # Debian's, which has python3-pymysql

# A slow machine, with the sanitizers' work on top, is still not a test that hangs.
set(PATIENCE 3)
if(BREAKWATER_SANITIZE)
  set(PATIENCE 6)
endif()

# system_test(name label timeout program [arguments...]): the timeout is in seconds of a machine of our own.
function(system_test name label timeout program)
  math(EXPR timeout "${timeout} * ${PATIENCE}")
  add_test(NAME ${name} COMMAND ${CMAKE_COMMAND} -E env PYTHONPATH=${CMAKE_SOURCE_DIR}/tests PYTHONDONTWRITEBYTECODE=1
           ${PYTHON} ${CMAKE_SOURCE_DIR}/tests/${program} --server $<TARGET_FILE:breakwater> ${ARGN})
  set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT ${timeout})
endfunction()

add_test(NAME format_file_vectors COMMAND ${PYTHON} ${CMAKE_SOURCE_DIR}/tests/harness/format_file.py vectors)
add_test(NAME rules COMMAND ${PYTHON} ${CMAKE_SOURCE_DIR}/tests/harness/rules.py)
add_test(NAME rooms COMMAND ${PYTHON} ${CMAKE_SOURCE_DIR}/tests/harness/rooms.py)
add_test(NAME links COMMAND ${PYTHON} ${CMAKE_SOURCE_DIR}/tests/harness/links.py)
add_test(NAME links_test COMMAND ${PYTHON} ${CMAKE_SOURCE_DIR}/tests/harness/links_test.py)
add_test(NAME errors_doc COMMAND ${PYTHON} ${CMAKE_SOURCE_DIR}/tests/harness/errors_doc.py --check)
set_tests_properties(format_file_vectors rules rooms links links_test errors_doc PROPERTIES LABELS unit TIMEOUT 60)
set_tests_properties(links_test PROPERTIES SKIP_RETURN_CODE 77)

if(NOT TARGET breakwater)
  return()
endif()

# The sanitizers make everything several times slower: fewer rounds there, the same tests.
if(BREAKWATER_SANITIZE)
  set(KILL_ROUNDS 15)
  set(RACE_ROUNDS 10)
  set(REFERENCE_COUNT 1500)
  set(FAULT_SHARE --share 11)
  set(START_SHARE --share 4)
  set(SANITIZED --sanitized)
else()
  set(KILL_ROUNDS 200)
  set(RACE_ROUNDS 60)
  set(REFERENCE_COUNT 5000)
  set(FAULT_SHARE)
endif()

file(GLOB sql_scripts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/sql/*.test)
foreach(script ${sql_scripts})
  get_filename_component(name ${script} NAME_WE)
  system_test(sql_${name} sql 300 sql/run.py ${script})
endforeach()

# What clients do with prepared statements: the same scripts with every statement prepared.
foreach(script format keys parameters users)
  system_test(sql_prepared_${script} sql 300 sql/run.py ${CMAKE_SOURCE_DIR}/tests/sql/${script}.test --prepared)
endforeach()

system_test(sql_reference sql 600 sql/reference.py --count ${REFERENCE_COUNT})
system_test(protocol_prepared protocol 300 protocol/prepared.py)
system_test(protocol_commands protocol 600 protocol/commands.py)
system_test(protocol_compression protocol 300 protocol/compression.py)
system_test(protocol_session_changes protocol 600 protocol/session_changes.py)
system_test(protocol_oracle_mode protocol 300 protocol/oracle_mode.py)
system_test(protocol_logins protocol 300 protocol/logins.py)
system_test(protocol_key_verify protocol 120 protocol/key_verify.py)
system_test(protocol_live_settings protocol 300 protocol/live_settings.py)
system_test(protocol_accounts protocol 300 protocol/accounts.py ${SANITIZED})
if(BREAKWATER_SANITIZE)
  set(HOSTILE_PATIENCE --patience 5)
endif()
system_test(protocol_hostile protocol 300 protocol/hostile.py --functions $<TARGET_FILE:test_catalog_run> ${HOSTILE_PATIENCE})
if(BREAKWATER_SANITIZE)
  set(MEMORY --any-memory)
  set(BUDGETS --slow 8 --share 4)
else()
  set(CROWD --connections 10000 --seconds 60)
endif()
system_test(protocol_memory protocol 300 protocol/memory.py ${MEMORY})
# Sorts of hundreds of MiB take ten minutes under TSan, which sees the same threads in protocol_memory and budgets.
if(NOT BREAKWATER_SANITIZE MATCHES "thread")
  system_test(protocol_memory_accounts protocol 300 protocol/memory_accounts.py ${MEMORY})
endif()
system_test(protocol_budgets protocol 600 protocol/budgets.py ${BUDGETS})
system_test(protocol_splitting protocol 300 protocol/splitting.py)
# They measure how long others wait, so nobody else is at work meanwhile.
set_tests_properties(protocol_budgets protocol_hostile PROPERTIES RUN_SERIAL TRUE)
system_test(protocol_crowds protocol 300 protocol/crowds.py ${MEMORY} ${CROWD})

system_test(sql_dictionary sql 120 sql/dictionary.py)
system_test(sql_readme sql 120 sql/readme.py)

include(drivers/drivers.cmake)

find_program(MYSQLSLAP mysqlslap)
if(MYSQLSLAP)
  system_test(drivers_tools drivers 300 drivers/tools.py)
endif()

# Never instrumented, and in the way of a sanitizer's own allocator.
if(NOT BREAKWATER_SANITIZE)
  add_library(count_shim MODULE ${CMAKE_SOURCE_DIR}/tests/protocol/count_shim.cpp)
  target_link_libraries(count_shim PRIVATE ${CMAKE_DL_LIBS})
  breakwater_warnings(count_shim)
  system_test(protocol_flat protocol 300 protocol/flat.py --shim $<TARGET_FILE:count_shim>)
endif()

# Preloaded into the server by some of the fault tests; never instrumented, whatever the server is.
add_library(fault_shim MODULE ${CMAKE_SOURCE_DIR}/tests/faults/fault_shim.cpp)
target_link_libraries(fault_shim PRIVATE ${CMAKE_DL_LIBS})
target_compile_options(fault_shim PRIVATE -fno-sanitize=all)
target_link_options(fault_shim PRIVATE -fno-sanitize=all)
breakwater_warnings(fault_shim)

# A sanitizer has an allocator of its own, and reserves more memory than any limit here leaves.
if(NOT BREAKWATER_SANITIZE)
  add_library(memory_shim MODULE ${CMAKE_SOURCE_DIR}/tests/faults/memory_shim.cpp)
  breakwater_warnings(memory_shim)
  set(MEMORY_SHIM --memory-shim $<TARGET_FILE:memory_shim>)
else()
  set(MEMORY_LIMITS --no-memory-limits)
endif()
system_test(faults_scarce faults 300 faults/scarce.py --shim $<TARGET_FILE:fault_shim> ${MEMORY_SHIM})
system_test(faults_derivations faults 300 faults/derivations.py ${MEMORY_LIMITS})
system_test(faults_startup faults 300 faults/startup.py)
system_test(faults_first_start faults 300 faults/first_start.py --shim $<TARGET_FILE:fault_shim> ${START_SHARE})
system_test(faults_bounds faults 300 faults/bounds.py)
system_test(faults_check faults 300 faults/check.py --shim $<TARGET_FILE:fault_shim>)
system_test(faults_canary_text faults 300 faults/canary.py --log-format text)
system_test(faults_canary_json faults 300 faults/canary.py --log-format json)
system_test(faults_crash faults 900 faults/crash.py --rounds ${KILL_ROUNDS})
system_test(faults_race faults 600 faults/race.py --rounds ${RACE_ROUNDS})
system_test(faults_path_race faults 300 faults/path_race.py)
system_test(faults_online_backup faults 300 faults/online_backup.py)
system_test(faults_inject faults 600 faults/inject.py --shim $<TARGET_FILE:fault_shim>)
system_test(faults_dead_mount faults 300 faults/dead_mount.py --shim $<TARGET_FILE:fault_shim>)
system_test(faults_adopt faults 300 faults/adopt.py --shim $<TARGET_FILE:fault_shim>)
system_test(faults_give_up faults 300 faults/give_up.py --shim $<TARGET_FILE:fault_shim>)
system_test(faults_unmounted faults 300 faults/unmounted.py)
set_tests_properties(faults_unmounted PROPERTIES SKIP_RETURN_CODE 77)
system_test(faults_old_intents faults 300 faults/old_intents.py --shim $<TARGET_FILE:fault_shim>)

if(NOT BREAKWATER_SANITIZE)
  system_test(image_linked unit 60 image/linked.py)
endif()

# In User-Mode Linux, whose memory and address space a sanitizer's shadow would not fit into.
if(NOT BREAKWATER_SANITIZE)
  system_test(nfs nfs 600 nfs/nfs.py)
  set_tests_properties(nfs PROPERTIES SKIP_RETURN_CODE 77)
endif()

# The object stores of tests/stores are found by name through a resolver that is preloaded.
add_library(resolve_shim MODULE ${CMAKE_SOURCE_DIR}/tests/stores/resolve_shim.cpp)
target_link_libraries(resolve_shim PRIVATE ${CMAKE_DL_LIBS})
target_compile_options(resolve_shim PRIVATE -fno-sanitize=all)
target_link_options(resolve_shim PRIVATE -fno-sanitize=all)
breakwater_warnings(resolve_shim)

# stores_test(name timeout [arguments...]): they take a machine's time, so one after the other, from the beginning on:
# others fill the time beside them.
function(stores_test name timeout)
  system_test(stores_${name} stores ${timeout} stores/${name}_test.py --shim $<TARGET_FILE:resolve_shim> ${ARGN})
  set_tests_properties(stores_${name} PROPERTIES RESOURCE_LOCK stores COST 100)
endfunction()

# The storage room's client by itself.
add_executable(store_tool ${CMAKE_SOURCE_DIR}/tests/stores/store_tool.cpp)
target_link_libraries(store_tool PRIVATE storage_object nlohmann_json::nlohmann_json)
target_compile_options(store_tool PRIVATE -Wno-null-dereference -Wno-maybe-uninitialized -Wno-mismatched-new-delete)
target_precompile_headers(store_tool REUSE_FROM asio)
breakwater_warnings(store_tool)

stores_test(emulator 300)
stores_test(client 300 --tool $<TARGET_FILE:store_tool>)
stores_test(faults 900 --tool $<TARGET_FILE:store_tool>)
stores_test(radosgw 600 --tool $<TARGET_FILE:store_tool>)
stores_test(destination 600)
stores_test(proxy 300)
stores_test(left_probes 300)
stores_test(change_keys 300)
stores_test(statement_faults 900 ${FAULT_SHARE})
stores_test(swift 300 --tool $<TARGET_FILE:store_tool>)
set_tests_properties(protocol_crowds faults_crash PROPERTIES COST 50)  # the longest of the rest
set_tests_properties(stores_emulator stores_radosgw stores_swift PROPERTIES LABELS "stores;peers")

# The bench's own load generator and its floor; no test runs them.
add_executable(responder ${CMAKE_SOURCE_DIR}/tests/bench/responder.cpp)
breakwater_warnings(responder)
add_executable(engine_figures ${CMAKE_SOURCE_DIR}/tests/bench/engine_figures.cpp)
target_link_libraries(engine_figures PRIVATE grammar)
breakwater_inside(engine_figures catalog_run catalog_store)
breakwater_warnings(engine_figures)
add_executable(connect_load ${CMAKE_SOURCE_DIR}/tests/bench/connect_load.cpp)
target_link_libraries(connect_load PRIVATE OpenSSL::SSL Threads::Threads)
breakwater_warnings(connect_load)
