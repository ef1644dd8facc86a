# Builds and runs the stranger's project, as a test:  cmake -D WAY=... -D HEED_SOURCE=... -D HEED_BUILD=... ... -P use.cmake
# The two ways that compile heed share a build tree, so the second compiles nothing; they make it a shared library,
# where the installed one is as it was built.
cmake_minimum_required(VERSION 3.25)

include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)

set(folder ${HEED_BUILD}/consumer)
set(options -D WAY=${WAY} -D HEED_SOURCE=${HEED_SOURCE} -D CMAKE_CXX_COMPILER=${COMPILER} "-DCMAKE_CXX_FLAGS=${FLAGS}"
  -D CMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER})
if(WAY STREQUAL installed)
  set(build ${folder}/installed)
  file(REMOVE_RECURSE ${folder}/prefix)
  run(${CMAKE_COMMAND} --install ${HEED_BUILD} --prefix ${folder}/prefix)
  list(APPEND options -D CMAKE_PREFIX_PATH=${folder}/prefix)
else()
  set(build ${folder}/compiled)
  list(APPEND options -D CMAKE_BUILD_TYPE=None -D BUILD_SHARED_LIBS=ON)
endif()

run(${CMAKE_COMMAND} -G ${GENERATOR} -S ${CMAKE_CURRENT_LIST_DIR} -B ${build} ${options})
run(${CMAKE_COMMAND} --build ${build} --target stranger)
run(${build}/stranger)
message("${said}")
if(NOT said MATCHES "squares add up to 140")
  message(FATAL_ERROR "the stranger's program prints something else than the sum of squares")
endif()
