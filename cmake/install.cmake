include(CMakePackageConfigHelpers)
get_property(components GLOBAL PROPERTY DHT_COMPONENTS)
set(package_dir "${CMAKE_INSTALL_DATADIR}/cmake/dht")
install(TARGETS ${components} dht_dht EXPORT dhtTargets FILE_SET HEADERS)
install(EXPORT dhtTargets NAMESPACE dht:: DESTINATION "${package_dir}")
write_basic_package_version_file(dhtConfigVersion.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
configure_package_config_file(cmake/dhtConfig.cmake.in dhtConfig.cmake
                              INSTALL_DESTINATION "${package_dir}")
install(FILES "${PROJECT_BINARY_DIR}/dhtConfig.cmake" "${PROJECT_BINARY_DIR}/dhtConfigVersion.cmake"
              cmake/Findsodium.cmake DESTINATION "${package_dir}")
configure_file(cmake/dht.pc.in dht.pc @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/dht.pc" DESTINATION "${CMAKE_INSTALL_DATADIR}/pkgconfig")
