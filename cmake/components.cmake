# Components: one INTERFACE target dht::<name> for each thing that an application may want or not.

include(GNUInstallDirs)
include("${CMAKE_CURRENT_LIST_DIR}/dependencies.cmake")

# dht_component(<name> [ROOMS <folder>...] [REQUIRES <component>...]
#               [PACKAGES <package>...] [LINKS <target>...])
#
# ROOMS are folders below include/dht; PACKAGES is what find_package must find, here and again on
# the machine of whoever uses the installed dht. A component whose packages are missing is left out.
function(dht_component name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "ROOMS;REQUIRES;PACKAGES;LINKS")
  foreach(package IN LISTS arg_PACKAGES)
    dht_find(${package})
    if(NOT ${package}_FOUND)
      message(STATUS "dht::${name} is left out: ${package} was not found")
      return()
    endif()
  endforeach()

  set(headers "")
  foreach(room IN LISTS arg_ROOMS)
    cmake_path(SET pattern NORMALIZE "${PROJECT_SOURCE_DIR}/include/dht/${room}/*.hpp")
    file(GLOB found CONFIGURE_DEPENDS "${pattern}")
    list(APPEND headers ${found})
  endforeach()

  add_library(dht_${name} INTERFACE)
  add_library(dht::${name} ALIAS dht_${name})
  target_sources(dht_${name} INTERFACE
    FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/include" FILES ${headers})
  target_compile_features(dht_${name} INTERFACE cxx_std_20)
  target_link_libraries(dht_${name} INTERFACE ${arg_LINKS})
  set(parts "")
  foreach(component IN LISTS arg_REQUIRES)
    target_link_libraries(dht_${name} INTERFACE dht_${component})
    get_property(below GLOBAL PROPERTY dht_parts_${component})
    get_property(packages GLOBAL PROPERTY dht_packages_${component})
    list(APPEND parts ${below})
    list(PREPEND arg_PACKAGES ${packages})
  endforeach()
  list(APPEND parts ${name})
  list(REMOVE_DUPLICATES parts)
  list(REMOVE_DUPLICATES arg_PACKAGES)

  # In somebody else's build our headers are a system library: their warnings are about their code.
  set_target_properties(dht_${name} PROPERTIES
    EXPORT_NAME ${name}
    VERIFY_INTERFACE_HEADER_SETS ${PROJECT_IS_TOP_LEVEL})
  if(NOT PROJECT_IS_TOP_LEVEL)
    set_target_properties(dht_${name} PROPERTIES SYSTEM ON)
  endif()

  set_property(GLOBAL APPEND PROPERTY dht_components ${name})
  set_property(GLOBAL PROPERTY dht_parts_${name} "${parts}") # itself and what it stands on
  set_property(GLOBAL PROPERTY dht_packages_${name} "${arg_PACKAGES}") # those of all its parts
endfunction()
