# Finds the standalone Asio as asio::asio. It is header-only and has no CMake package of its own.

find_path(asio_INCLUDE_DIR asio.hpp)
mark_as_advanced(asio_INCLUDE_DIR)

if(asio_INCLUDE_DIR)
  file(STRINGS "${asio_INCLUDE_DIR}/asio/version.hpp" line REGEX "ASIO_VERSION [0-9]+ // ")
  string(REGEX REPLACE ".* // " "" asio_VERSION "${line}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(asio
  REQUIRED_VARS asio_INCLUDE_DIR
  VERSION_VAR asio_VERSION)

if(asio_FOUND AND NOT TARGET asio::asio)
  add_library(asio::asio INTERFACE IMPORTED)
  target_include_directories(asio::asio INTERFACE "${asio_INCLUDE_DIR}")
  target_compile_definitions(asio::asio INTERFACE ASIO_STANDALONE)
  # Asio asks libstdc++ for aligned_alloc before it has included any of its headers, so the answer
  # depends on what a file includes first, and files that disagree free what others have newed.
  if(UNIX)
    target_compile_definitions(asio::asio INTERFACE ASIO_HAS_STD_ALIGNED_ALLOC)
  endif()
  # Before 1.26 Asio looks for the coroutines of clang's own library only and misses those of
  # libstdc++. Whoever uses it through dht compiles C++20, which has them.
  if(asio_VERSION VERSION_LESS 1.26)
    target_compile_definitions(asio::asio INTERFACE ASIO_HAS_CO_AWAIT ASIO_HAS_STD_COROUTINE)
  endif()
endif()
