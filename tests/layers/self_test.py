#!/usr/bin/env python3
"""The checker of layers is checked: each rule must bite, and a clean house must pass."""
import unittest

import check


def header(path, *includes, body=""):
    guard = check.guard_of(path)
    lines = [f"#ifndef {guard}", f"#define {guard}", *(f"#include {name}" for name in includes)]
    return {path: "\n".join([*lines, body, "#endif", ""])}


class Layers(unittest.TestCase):
    def faults(self, *headers):
        return list(check.faults({path: text for one in headers for path, text in one.items()}))

    def bites(self, sentence, *headers):
        found = self.faults(*headers)
        self.assertEqual(len(found), 1, found)
        self.assertIn(sentence, found[0])

    def test_arrows_that_point_down_pass(self):
        self.assertEqual([], self.faults(
            header("config.hpp", "<dht/version.hpp>"),
            header("base/bytes.hpp", "<dht/config.hpp>", "<span>"),
            header("crypto/hash.hpp", "<dht/base/bytes.hpp>", "<sodium.h>"),
            header("outcome.hpp", "<dht/kad/contact.hpp>"),
            header("policy/timeouts.hpp", "<dht/outcome.hpp>"),
            header("observe/statistics.hpp", "<dht/policy/observer.hpp>"),
            header("io/asio_driver.hpp", "<dht/node.hpp>", "<asio/awaitable.hpp>"),
            header("text/format.hpp", "<dht/outcome.hpp>", "<fmt/format.h>")))

    def test_arrows_that_point_up_bite(self):
        self.bites("points up", header("base/bytes.hpp", "<dht/kad/key.hpp>"))
        self.bites("points up", header("kad/table.hpp", "<dht/settings.hpp>"))
        self.bites("points up", header("policy/timeouts.hpp", "<dht/engine/timers.hpp>"))
        self.bites("points up", header("engine/engine.hpp", "<dht/node.hpp>"))
        self.bites("points up", header("node.hpp", "<dht/io/asio_driver.hpp>"))
        self.bites("points up", header("observe/statistics.hpp", "<dht/engine/timers.hpp>"))
        self.bites("points up", header("sim/world.hpp", "<dht/io/steady_clock.hpp>"))
        self.bites("no place", header("misc/things.hpp"))

    def test_circles_bite(self):
        self.bites("a circle: kad/a.hpp -> kad/b.hpp -> kad/a.hpp",
                   header("kad/a.hpp", "<dht/kad/b.hpp>"), header("kad/b.hpp", "<dht/kad/a.hpp>"))

    def test_foreign_headers_bite(self):
        for name in ("asio.hpp", "asio/awaitable.hpp", "sodium.h", "fmt/core.h", "sys/socket.h",
                     "netinet/in.h", "iostream", "thread", "mutex", "future", "random", "ctime",
                     "arpa/inet.h", "unistd.h"):
            self.bites("foreign", header("kad/table.hpp", f"<{name}>"))
        self.bites("foreign", header("crypto/random.hpp", "<random>"))
        self.bites("foreign", header("sim/world.hpp", "<asio.hpp>"))
        self.bites("write <dht/...>", header("kad/table.hpp", '"bucket.hpp"'))

    def test_guards_bite(self):
        self.bites("needs the guard", {"base/time.hpp": "#ifndef TIME\n#define TIME\n#endif\n"})
        self.bites("pragma once", header("base/time.hpp", body="#pragma once"))

    def test_sizes_bite(self):
        self.bites("lines, at most 400", header("base/time.hpp", body="\n" * 400))
        self.bites("columns", header("base/time.hpp", body="//" + "x" * 99))

    def test_long_functions_bite(self):
        body = "{\n" + "    f(1'000, '{', \"{\", R\"(})\"); // {\n" * 70 + "}"
        self.bites("function of 72 lines", header("base/time.hpp", body="void f() " + body))
        self.bites("function of 72 lines", header(
            "base/time.hpp", body="namespace a { template <class T> struct b : c<(1)> {\n"
                                  "b(int i) : i_{i} " + body + "\n}; }"))
        self.bites("not closed", header("base/time.hpp", body="void f() {"))

    def test_scopes_and_tables_may_be_long(self):
        filling = "    int i;\n" * 80
        self.assertEqual([], self.faults(
            header("base/a.hpp", body="namespace dht::inline ABI {\n" + filling + "}"),
            header("base/b.hpp", body="enum class e : char {\n" + "    a,\n" * 80 + "};"),
            header("base/c.hpp", body="constexpr int table[] = {\n" + "    1,\n" * 80 + "};")))


if __name__ == "__main__":
    unittest.main()
