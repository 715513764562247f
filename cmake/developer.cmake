# What our own tests and examples are compiled with; users of the library never see it.
add_library(dht_sanitizers INTERFACE)
if(DHT_SANITIZE)
  target_compile_options(dht_sanitizers INTERFACE -fsanitize=address,undefined
                                                  -fno-sanitize-recover=undefined)
  target_link_options(dht_sanitizers INTERFACE -fsanitize=address,undefined)
endif()
add_library(dht_developer INTERFACE)
target_link_libraries(dht_developer INTERFACE dht_sanitizers)
target_compile_options(dht_developer INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU) # g++ 12 sees ghosts in its own <optional> under sanitizers
  target_compile_options(dht_developer INTERFACE -Wno-maybe-uninitialized)
endif()
