# What only our own tests, examples and benchmarks are built with; users of dht never see it. Link
# them to dht_developer, or to dht_warnings where sanitizers would cost more than they could find.

add_library(dht_warnings INTERFACE)
target_compile_options(dht_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion $<$<BOOL:${DHT_WERROR}>:-Werror>)

add_library(dht_developer INTERFACE)
target_link_libraries(dht_developer INTERFACE dht_warnings)
if(DHT_SANITIZE)
  set(sanitizers -fsanitize=address,undefined -fno-sanitize-recover=all)
  target_compile_options(dht_developer INTERFACE ${sanitizers} -fno-omit-frame-pointer)
  target_link_options(dht_developer INTERFACE ${sanitizers})
endif()

# We keep to the standard. Users may well not, for CMake's default is the compiler's own dialect;
# the consumers in tests/ stand for them.
if(PROJECT_IS_TOP_LEVEL)
  set(CMAKE_CXX_EXTENSIONS OFF)
endif()

if(PROJECT_IS_TOP_LEVEL AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(DHT_CCACHE ccache)
  if(DHT_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${DHT_CCACHE}")
  endif()
endif()
