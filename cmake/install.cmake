# Installs the components, a CMake package and a pkg-config file. Headers know no architecture, so
# the package files go below share/.

include(CMakePackageConfigHelpers)

get_property(components GLOBAL PROPERTY dht_components)
set(config_dir "${CMAKE_INSTALL_DATADIR}/cmake/dht")

# Each component has a file of its own, so that nobody needs the libraries of the others. The
# package finds again what a component was built on.
set(DHT_COMPONENTS "")
foreach(component IN LISTS components)
  install(TARGETS dht_${component} EXPORT dht_${component} FILE_SET HEADERS)
  install(EXPORT dht_${component} NAMESPACE dht:: DESTINATION "${config_dir}")
  foreach(kind parts packages)
    get_property(names GLOBAL PROPERTY dht_${kind}_${component})
    list(JOIN names " " names)
    string(APPEND DHT_COMPONENTS "set(dht_${kind}_${component} ${names})\n")
  endforeach()
endforeach()

# Before 1.0 a minor version may change anything.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/dhtConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/dhtConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/dhtConfig.cmake" INSTALL_DESTINATION "${config_dir}")
install(FILES
  "${PROJECT_BINARY_DIR}/dhtConfig.cmake"
  "${PROJECT_BINARY_DIR}/dhtConfigVersion.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/Findasio.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/Findsodium.cmake"
  DESTINATION "${config_dir}")

file(RELATIVE_PATH DHT_PC_PREFIX "/${CMAKE_INSTALL_DATADIR}/pkgconfig" "/")
configure_file("${PROJECT_SOURCE_DIR}/cmake/dht.pc.in" "${PROJECT_BINARY_DIR}/dht.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/dht.pc" DESTINATION "${CMAKE_INSTALL_DATADIR}/pkgconfig")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DATADIR}/licenses/dht")
