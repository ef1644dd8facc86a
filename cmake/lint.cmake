# For ./run lint: the code is read and never run, so nothing is generated or linked.
set(CMAKE_CXX_CLANG_TIDY clang-tidy-19 --quiet --warnings-as-errors=*)
set(touch "${CMAKE_COMMAND} -E touch")
set(CMAKE_CXX_COMPILE_OBJECT
  "<CMAKE_CXX_COMPILER> <DEFINES> <INCLUDES> <FLAGS> -fsyntax-only <SOURCE>" "${touch} <OBJECT>")
set(CMAKE_CXX_CREATE_STATIC_LIBRARY "${touch} <TARGET>")
set(CMAKE_CXX_LINK_EXECUTABLE "${touch} <TARGET>")
