# Installs the library, its headers in the folders of the tree, the package that find_package(heed) finds, and heed.pc.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(heed_package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/heed)
install(TARGETS heed EXPORT heed)
# Public headers, and those in detail/ that they include; support/ and kernels/ are for the library's own sources.
install(DIRECTORY ${heed_folders} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/heed FILES_MATCHING PATTERN *.h
  PATTERN support EXCLUDE PATTERN kernels EXCLUDE)
install(FILES heed.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/heed)
install(EXPORT heed NAMESPACE heed:: FILE heedTargets.cmake DESTINATION ${heed_package_folder})

configure_package_config_file(cmake/heedConfig.cmake.in heedConfig.cmake INSTALL_DESTINATION ${heed_package_folder})
write_basic_package_version_file(heedConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES cmake/Findutf8proc.cmake ${PROJECT_BINARY_DIR}/heedConfig.cmake ${PROJECT_BINARY_DIR}/heedConfigVersion.cmake
  DESTINATION ${heed_package_folder})

# For projects without CMake: pkg-config --cflags --libs heed. A static heed brings what is inside it.
file(RELATIVE_PATH heed_prefix_from_pc /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" heed_prefix_from_pc ${heed_prefix_from_pc})
set(heed_pc_requires fmt)
set(heed_pc_libs "")
if(NOT BUILD_SHARED_LIBS)
  string(APPEND heed_pc_requires " tbb libutf8proc icu-uc zlib")
  set(heed_pc_libs -ldnnl)
endif()
configure_file(cmake/heed.pc.in heed.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/heed.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
