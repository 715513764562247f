#ifndef DHT_CONFIG_HPP
#define DHT_CONFIG_HPP

#include <dht/version.hpp>

// DHT_ASSERT states what only a programmer can break; bytes from strangers never reach one. It is
// on in builds without NDEBUG and off otherwise; define DHT_ASSERT yourself to send it elsewhere.
#if !defined(DHT_ASSERT)
#    if defined(NDEBUG)
#        define DHT_ASSERT(condition) static_cast<void>(0)
#    else
#        include <cassert>
#        define DHT_ASSERT(condition) assert(condition)
#        define DHT_CHECKED 1
#    endif
#endif

// Everything lives in an inline namespace that names the version and what changes layouts or inline
// bodies, so that two translation units that disagree fail to link instead of misbehaving.
#if defined(DHT_CHECKED)
#    define DHT_ABI v0_1_checked
#else
#    define DHT_ABI v0_1
#endif

#endif
