// The main() of Catch2 version 2, compiled once. Version 3 brings a library with its own.
#define CATCH_CONFIG_MAIN
#include "../catch.hpp"
