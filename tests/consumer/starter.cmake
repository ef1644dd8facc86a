# Copies examples/starter out of the tree, builds it with the installed library, by CMake and by pkg-config, and runs it
# twice:  cmake -D HEED_SOURCE=... -D HEED_BUILD=... -D COMPILER=... -D FLAGS=... -P starter.cmake
# The folder consumer/prefix is what the test consumer/installed installed.
cmake_minimum_required(VERSION 3.25)

include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)

set(prefix ${HEED_BUILD}/consumer/prefix)
set(folder ${HEED_BUILD}/consumer/starter)
file(REMOVE_RECURSE ${folder})
file(COPY ${HEED_SOURCE}/examples/starter/ DESTINATION ${folder})

run(${CMAKE_COMMAND} -G ${GENERATOR} -S ${folder} -B ${folder}/build -D CMAKE_PREFIX_PATH=${prefix}
  -D CMAKE_CXX_COMPILER=${COMPILER} "-DCMAKE_CXX_FLAGS=${FLAGS}" -D CMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER})
run(${CMAKE_COMMAND} --build ${folder}/build)

string(REPEAT "the same words come again and again, so that they can be learned\n" 100 text)
file(WRITE ${folder}/text.txt "${text}")
set(run_starter ${folder}/build/starter ${folder}/text.txt --out ${folder}/run --context 32 --batch 4)
run(${run_starter} --steps 5)
run(${run_starter} --steps 10)
foreach(file checkpoint.safetensors model.safetensors loss.svg)
  if(NOT EXISTS ${folder}/run/${file})
    message(FATAL_ERROR "the starter did not write ${file}")
  endif()
endforeach()
file(READ ${folder}/run/loss.svg curve)
if(NOT curve MATCHES "Training loss")
  message(FATAL_ERROR "loss.svg is no chart of the training loss")
endif()

# Any small program by pkg-config.
find_program(pkg_config pkg-config REQUIRED)
file(GLOB_RECURSE pc ${prefix}/*/heed.pc)
cmake_path(GET pc PARENT_PATH pc_folder)
run(${CMAKE_COMMAND} -E env PKG_CONFIG_PATH=${pc_folder} ${pkg_config} --cflags --libs heed)
separate_arguments(heed_flags UNIX_COMMAND "${said}")
separate_arguments(flags UNIX_COMMAND "${FLAGS}")
run(${COMPILER} -std=c++20 ${flags} ${HEED_SOURCE}/tests/consumer/main.cpp -o ${folder}/by_pkg_config ${heed_flags})
run(${folder}/by_pkg_config)
if(NOT said MATCHES "squares add up to 140")
  message(FATAL_ERROR "the program built by pkg-config prints: ${said}")
endif()
