# Where libraries come from: the system first; a pinned release only where that is missing and
# DHT_FETCH_DEPENDENCIES allows it.

include(FetchContent)
if(DHT_FETCH_DEPENDENCIES)
  enable_language(C) # libsodium is C
endif()

# dht_find(<package>) sets <package>_FOUND, and <package>_VERSION where that is known.
macro(dht_find package)
  list(PREPEND CMAKE_MODULE_PATH "${PROJECT_SOURCE_DIR}/cmake")
  find_package(${package} QUIET GLOBAL)
  list(POP_FRONT CMAKE_MODULE_PATH)
  if(DHT_FETCH_DEPENDENCIES AND NOT ${package}_FOUND AND COMMAND dht_fetch_${package})
    message(STATUS "${package} was not found: downloading a pinned release")
    cmake_language(CALL dht_fetch_${package})
    set(${package}_FOUND TRUE)
  endif()
endmacro()

# Pins are commits, so that a moved tag changes nothing. The IMPORTED targets stand between dht and
# what is built here: an installed dht names them and finds them anew.

macro(dht_fetch_asio) # 1.30.2
  FetchContent_Declare(asio SYSTEM
    GIT_REPOSITORY https://github.com/chriskohlhoff/asio
    GIT_TAG 12e0ce9e0500bf0f247dbd1ae894272656456079)
  FetchContent_MakeAvailable(asio)
  add_library(asio::asio INTERFACE IMPORTED GLOBAL)
  target_include_directories(asio::asio INTERFACE "${asio_SOURCE_DIR}/asio/include")
  target_compile_definitions(asio::asio INTERFACE ASIO_STANDALONE
    $<$<BOOL:${UNIX}>:ASIO_HAS_STD_ALIGNED_ALLOC>) # see Findasio.cmake
endmacro()

macro(dht_fetch_fmt) # 9.1.0
  set(FMT_INSTALL ON)
  FetchContent_Declare(fmt SYSTEM
    GIT_REPOSITORY https://github.com/fmtlib/fmt
    GIT_TAG a33701196adfad74917046096bf5a2aa0ab0bb50)
  FetchContent_MakeAvailable(fmt)
endmacro()

macro(dht_fetch_Catch2) # 3.7.1
  FetchContent_Declare(Catch2 SYSTEM
    GIT_REPOSITORY https://github.com/catchorg/Catch2
    GIT_TAG fa43b77429ba76c462b1898d6cd2f2d7a9416b14)
  FetchContent_MakeAvailable(Catch2)
  set(Catch2_VERSION 3.7.1)
endmacro()

macro(dht_fetch_sodium) # 1.0.20, which has no CMake of its own
  FetchContent_Declare(sodium
    GIT_REPOSITORY https://github.com/jedisct1/libsodium
    GIT_TAG 9511c982fb1d046470a8b42aa36556cdb7da15de)
  FetchContent_MakeAvailable(sodium)
  include("${PROJECT_SOURCE_DIR}/cmake/sodium.cmake")
endmacro()
