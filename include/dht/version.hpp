#ifndef DHT_VERSION_HPP
#define DHT_VERSION_HPP

// The one place where the version stands; CMake reads these lines.
#define DHT_VERSION_MAJOR 0
#define DHT_VERSION_MINOR 1
#define DHT_VERSION_PATCH 0
#define DHT_VERSION_STRING "0.1.0"

#endif
