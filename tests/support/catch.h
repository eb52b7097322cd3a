#pragma once

// The one door to the test framework, so that Catch2 v2 (Debian 12) and v3 both serve.

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
