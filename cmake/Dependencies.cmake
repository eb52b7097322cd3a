# Every outside library, found once. docs/dependencies.md says why each is here and who owns it.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(LibArchive REQUIRED)
find_package(CURL REQUIRED)
find_package(CLI11 REQUIRED)
if(UPGRAPH_MIMALLOC)
  find_package(mimalloc REQUIRED)
endif()

pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(POSTGRES REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)
pkg_check_modules(AUGEAS REQUIRED IMPORTED_TARGET augeas)

# The shared libLLVM costs 12 ms on every start; only the static Support library is used.
find_package(LLVM 14 REQUIRED CONFIG)
llvm_map_components_to_libnames(UPGRAPH_LLVM_LIBS support)
add_library(upgraph_llvm INTERFACE)
target_include_directories(upgraph_llvm SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS})
target_link_libraries(upgraph_llvm INTERFACE ${UPGRAPH_LLVM_LIBS})
