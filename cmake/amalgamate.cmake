# Makes one header of many: every #include <dht/...> is replaced by that header, once.
#
#   cmake -D ROOT=include -D HEADER=dht/dht.hpp -D OUT=single/dht/dht.hpp -P cmake/amalgamate.cmake
#
# The text is never a CMake list, so that semicolons and brackets of C++ stay what they are.

cmake_minimum_required(VERSION 3.25)

function(inline_header header)
  get_property(seen GLOBAL PROPERTY "seen ${header}")
  if(seen)
    return()
  endif()
  set_property(GLOBAL PROPERTY "seen ${header}" TRUE)

  file(READ "${ROOT}/${header}" text)
  while(text MATCHES "#[ ]*include <(dht/[^>]+)>[^\n]*\n")
    set(line "${CMAKE_MATCH_0}")
    set(included "${CMAKE_MATCH_1}")
    string(FIND "${text}" "${line}" at)
    string(LENGTH "${line}" length)
    string(SUBSTRING "${text}" 0 ${at} before)
    math(EXPR rest "${at} + ${length}")
    string(SUBSTRING "${text}" ${rest} -1 text)
    file(APPEND "${OUT}" "${before}")
    inline_header("${included}")
  endwhile()
  file(APPEND "${OUT}" "${text}")
endfunction()

file(READ "${ROOT}/../LICENSE" license)
file(WRITE "${OUT}" "/*\n${license}*/\n\n")
inline_header("${HEADER}")
