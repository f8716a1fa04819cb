# Asio and Beast are compiled once, into their own library, and its header is precompiled once: who uses it says
# target_precompile_headers(target REUSE_FROM asio).
add_library(asio STATIC ${CMAKE_CURRENT_LIST_DIR}/network.cpp)
target_compile_definitions(asio PUBLIC BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
                                       BOOST_BEAST_SEPARATE_COMPILATION)
# GCC 12 takes every moved-from executor for one that is used again.
target_compile_options(asio PUBLIC -Wno-null-dereference)
target_link_libraries(asio PUBLIC Boost::headers Threads::Threads OpenSSL::SSL)
# GCC takes the header for those alone who are as pedantic.
target_compile_options(asio PRIVATE -Wpedantic)
target_link_libraries(asio PRIVATE base)
target_precompile_headers(asio PRIVATE ${COMMON_HEADERS} <boost/asio.hpp>)
