# What only our own tests, examples and benchmarks are built with; users of dht never see it. Link
# them to dht_developer, to dht_developer_strict where strangers' bytes are read, or to dht_warnings
# where sanitizers would cost more than they could find.

add_library(dht_warnings INTERFACE)
target_compile_options(dht_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion $<$<BOOL:${DHT_WERROR}>:-Werror>)

add_library(dht_developer INTERFACE)
add_library(dht_developer_strict INTERFACE)
foreach(target dht_developer dht_developer_strict)
  target_link_libraries(${target} INTERFACE dht_warnings)
  if(DHT_SANITIZE)
    set(sanitizers -fsanitize=address,undefined -fno-sanitize-recover=all)
    target_compile_options(${target} INTERFACE ${sanitizers} -fno-omit-frame-pointer)
    target_link_options(${target} INTERFACE ${sanitizers})
  endif()
endforeach()
if(DHT_SANITIZE) # a check of each single access makes compiling take twice as long
  target_compile_options(dht_developer INTERFACE -fno-sanitize=null,alignment,object-size,vptr)
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
