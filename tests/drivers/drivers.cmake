# The driver tests: a program in each stack (run.py), and an administrator's whole job through three of them
# (whole_job.py). What they take is in cmake/packages/drivers.txt and package.json; ./dev setup installs it.

set(drivers ${CMAKE_SOURCE_DIR}/tests/drivers)
find_program(NODE node)
find_program(GO go)
# Debian's libmysqlcppconn-dev can't be installed beside Boost 1.81; ./dev setup unpacks its headers here.
find_path(CONNECTOR_CPP mysql_driver.h PATHS ${drivers}/connector-cpp NO_DEFAULT_PATH)

foreach(client mariadb pymysql mysql2)
  if(NODE OR NOT client STREQUAL "mysql2")
    system_test(drivers_job_${client} drivers 300 drivers/whole_job.py --client ${client})
  endif()
endforeach()

system_test(drivers_oracle_cli drivers 120 drivers/oracle_session.py --client cli)
find_program(JAVA java)
if(JAVA)
  system_test(drivers_oracle_connector_j drivers 300 drivers/oracle_session.py --client connector-j)
  set_tests_properties(drivers_oracle_connector_j PROPERTIES LABELS "drivers;peers")
endif()

if(NOT NODE OR NOT GO OR NOT CONNECTOR_CPP)
  message(STATUS "No driver programs: ./dev setup installs what they take")
  return()
endif()

# Clients are never instrumented, whatever the server is.
function(driver_program name source)
  add_executable(${name} ${drivers}/programs/${source})
  target_compile_options(${name} PRIVATE -fno-sanitize=all)
  target_link_options(${name} PRIVATE -fno-sanitize=all)
  target_link_libraries(${name} PRIVATE nlohmann_json::nlohmann_json ${ARGN})
  breakwater_warnings(${name})
endfunction()

driver_program(driver_libmariadb libmariadb_program.cpp PkgConfig::libmariadb)
driver_program(driver_connector_cpp connector_cpp_program.cpp -l:libmysqlcppconn.so.7)
target_include_directories(driver_connector_cpp SYSTEM PRIVATE ${CONNECTOR_CPP})
set_target_properties(driver_connector_cpp PROPERTIES CXX_STANDARD 14)    # its headers have exception specifications

add_custom_command(
  OUTPUT ${CMAKE_BINARY_DIR}/driver_go
  COMMAND ${CMAKE_COMMAND} -E env GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=${CMAKE_BINARY_DIR}/go-cache
          ${GO} build -o ${CMAKE_BINARY_DIR}/driver_go ${drivers}/programs/go_sql_driver.go
  DEPENDS ${drivers}/programs/go_sql_driver.go)
add_custom_target(driver_go ALL DEPENDS ${CMAKE_BINARY_DIR}/driver_go)

# A data directory of 1,000 tenants, made once; each group of programs runs on a copy.
set(drivers_data ${CMAKE_BINARY_DIR}/drivers-data)
system_test(drivers_prepare drivers 600 drivers/run.py --prepare ${drivers_data})
set_tests_properties(drivers_prepare PROPERTIES FIXTURES_SETUP drivers_data LABELS "drivers;peers")
foreach(group cli native node python script)
  system_test(drivers_${group} drivers 900 drivers/run.py --data ${drivers_data} --build ${CMAKE_BINARY_DIR}
              --group ${group})
  set_tests_properties(drivers_${group} PROPERTIES FIXTURES_REQUIRED drivers_data LABELS "drivers;peers")
endforeach()
