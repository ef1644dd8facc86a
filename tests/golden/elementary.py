#!/usr/bin/env python3
"""elementary.py FOLDER > elementary.csv

Takes every sixteenth line of each kind from NumPy's vectors for elementary functions: the files
umath-validation-set-*.csv of numpy/numpy, numpy/_core/tests/data, at commit 1f90bbb5 (BSD-3-Clause), in FOLDER. Each
line: function, dtype, bits of the input, bits of the result that was computed in higher precision and rounded once.
"""
import pathlib
import sys

NAMES = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "arcsinh": "asinh", "arccosh": "acosh",
         "arctanh": "atanh"}

for path in sorted(pathlib.Path(sys.argv[1]).glob("umath-validation-set-*.csv")):
    function = path.stem.removeprefix("umath-validation-set-")
    if function == "cbrt":
        continue
    seen = {}
    for line in path.read_text().splitlines():
        if not line.startswith("np."):
            continue
        dtype, given, result = line.removeprefix("np.").split(",")[:3]
        seen[dtype] = seen.get(dtype, -1) + 1
        if seen[dtype] % 16 == 0:
            print(",".join((NAMES.get(function, function), dtype, given, result)))
