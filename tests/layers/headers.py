#!/usr/bin/env python3
"""Every header compiles alone."""
import os
import subprocess
import sys
import tempfile

compiler, include = sys.argv[1:]
failed = 0
for folder, _, files in os.walk(os.path.join(include, "dht")):
    for name in sorted(files):
        path = os.path.relpath(os.path.join(folder, name), include)
        with tempfile.NamedTemporaryFile("w", suffix=".cpp") as unit:
            unit.write(f"#include <{path}>\n#include <{path}>\n")
            unit.flush()
            done = subprocess.run([compiler, "-std=c++20", "-fsyntax-only", "-I" + include, unit.name],
                                  capture_output=True, text=True)
        if done.returncode:
            failed += 1
            print(path, done.stderr[:2000])
sys.exit(failed > 0)
