#!/usr/bin/env python3
"""A .fail.cpp must fail with exactly one error, the sentence it announces; a .pass.cpp must compile."""
import re
import subprocess
import sys

compiler, include, case = sys.argv[1:]
done = subprocess.run([compiler, "-std=c++20", "-fsyntax-only", "-I" + include, case],
                      capture_output=True, text=True)
if case.endswith(".pass.cpp"):
    print(done.stderr)
    sys.exit(done.returncode)
want = re.search(r"// expect-error: (.*)", open(case, encoding="utf-8").read()).group(1)
errors = [line for line in done.stderr.splitlines() if re.search(r"\berror:", line)]
print("\n".join(errors))
sys.exit(not (done.returncode and len(errors) == 1 and want in errors[0]))
