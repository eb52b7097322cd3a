# One static library for each folder, named after its path: upgraph_library(compiler/sema …)
# makes target upgraph_compiler_sema. Includes are written from the repository root.
add_library(upgraph_options INTERFACE)
target_include_directories(upgraph_options INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
# GCC 12 sees overlapping copies in `"text" + std::string` at -O2 where there are none (PR 105651).
target_compile_options(upgraph_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
target_compile_options(upgraph_options INTERFACE -Wall -Wextra -Wpedantic -Wno-missing-field-initializers)
if(UPGRAPH_WERROR)
  target_compile_options(upgraph_options INTERFACE -Werror)
endif()
if(UPGRAPH_SANITIZER)
  target_compile_options(upgraph_options INTERFACE -fsanitize=${UPGRAPH_SANITIZER} -fno-sanitize-recover=all)
  target_link_options(upgraph_options INTERFACE -fsanitize=${UPGRAPH_SANITIZER})
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

# -DUPGRAPH_MUTANT=NAME: one source is replaced by a copy that breaks the protocol, so that a test can
# be seen to fail. tests/mutants/mutants.json has the names.
set(UPGRAPH_MUTANT "" CACHE STRING "a name of tests/mutants/mutants.json")
if(UPGRAPH_MUTANT)
  execute_process(
    COMMAND /usr/bin/python3 -B ${PROJECT_SOURCE_DIR}/tests/mutants/mutate.py write
            ${UPGRAPH_MUTANT} ${PROJECT_BINARY_DIR}/mutant
    OUTPUT_VARIABLE mutant COMMAND_ERROR_IS_FATAL ANY)
  list(GET mutant 0 UPGRAPH_MUTANT_FILE)
  list(GET mutant 1 UPGRAPH_MUTANT_COPY)
endif()

# upgraph_library(FOLDER SOURCES a.cpp … DEPS folder … LIBS outside::library …)
# DEPS names folders of this project; LIBS names outside libraries, which one folder each may own.
function(upgraph_library folder)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;LIBS" ${ARGN})
  string(REPLACE "/" "_" name "upgraph_${folder}")
  foreach(source IN LISTS ARG_SOURCES)
    if(UPGRAPH_MUTANT AND "${folder}/${source}" STREQUAL UPGRAPH_MUTANT_FILE)
      list(TRANSFORM ARG_SOURCES REPLACE "^${source}$" "${UPGRAPH_MUTANT_COPY}")
    endif()
  endforeach()
  if(ARG_SOURCES)
    add_library(${name} STATIC ${ARG_SOURCES})
    set(scope PUBLIC)
    target_link_libraries(${name} PRIVATE ${ARG_LIBS})
  else()
    add_library(${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_link_libraries(${name} ${scope} upgraph_options)
  foreach(dep IN LISTS ARG_DEPS)
    string(REPLACE "/" "_" dep_name "upgraph_${dep}")
    target_link_libraries(${name} ${scope} ${dep_name})
  endforeach()
endfunction()
