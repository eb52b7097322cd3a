# upgraph_test(NAME SOURCES … DEPS folder … LIBS outside::library … [PROPERTY_RUNS n])
# One test program, its cases found by CTest. NAME is "unit/plan": program unit_plan.
# PROPERTY_RUNS: how many examples a property draws where 100 take too long; RC_PARAMS=max_success=N
# in the environment of the program itself draws more.
function(upgraph_test name)
  cmake_parse_arguments(ARG "" "PROPERTY_RUNS" "SOURCES;DEPS;LIBS" ${ARGN})
  string(REPLACE "/" "_" target ${name})
  add_executable(${target} ${ARG_SOURCES})
  target_link_libraries(${target} PRIVATE upgraph_catch_main upgraph_options ${ARG_LIBS})
  foreach(dep IN LISTS ARG_DEPS)
    string(REPLACE "/" "_" dep_name "upgraph_${dep}")
    target_link_libraries(${target} PRIVATE ${dep_name})
  endforeach()
  set(properties)
  if(ARG_PROPERTY_RUNS)
    set(properties PROPERTIES ENVIRONMENT RC_PARAMS=max_success=${ARG_PROPERTY_RUNS})
  endif()
  catch_discover_tests(${target} TEST_PREFIX "${name}: " DISCOVERY_MODE PRE_TEST ${properties})
endfunction()
