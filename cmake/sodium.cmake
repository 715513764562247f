# libsodium from its sources, in portable C: no assembler and no instruction sets that would have to
# be asked for. sodium_SOURCE_DIR says where they are.

set(root "${sodium_SOURCE_DIR}/src/libsodium")
file(GLOB_RECURSE sources "${root}/*.c")
configure_file("${sodium_SOURCE_DIR}/builds/msvc/version.h"
  "${sodium_BINARY_DIR}/include/sodium/version.h" COPYONLY)

add_library(dht_sodium STATIC EXCLUDE_FROM_ALL ${sources})
target_include_directories(dht_sodium
  PUBLIC "${root}/include" "${sodium_BINARY_DIR}/include"
  PRIVATE "${root}/include/sodium" "${sodium_BINARY_DIR}/include/sodium")
target_compile_definitions(dht_sodium
  PUBLIC SODIUM_STATIC
  PRIVATE CONFIGURED=1 NATIVE_${CMAKE_C_BYTE_ORDER}=1)
set_target_properties(dht_sodium PROPERTIES C_STANDARD 11 POSITION_INDEPENDENT_CODE ON)
if(UNIX)
  target_compile_definitions(dht_sodium PRIVATE HAVE_PTHREAD=1 HAVE_WEAK_SYMBOLS=1)
endif()
if(CMAKE_C_COMPILER_ID MATCHES "GNU|Clang")
  target_compile_options(dht_sodium PRIVATE -w)
endif()

add_library(sodium::sodium INTERFACE IMPORTED GLOBAL)
target_link_libraries(sodium::sodium INTERFACE dht_sodium)
