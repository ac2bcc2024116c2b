"""Measures pyxform's conversion of workbooks in this process: `measure.py RUNS FILE…`.

Prints one line of JSON a workbook: for each run, milliseconds of the process's CPU time and of the clock. Files are in
memory, and each was converted before its runs count. ODK Validate, which is another program, is not asked.
"""

import json
import sys
import time
from pathlib import Path

from pyxform.xls2xform import convert


def measured(workbook, runs):
    """Returns what each run took."""
    cpu_ms, wall_ms = [], []
    for run in range(runs + 1):
        wall, cpu = time.perf_counter(), time.process_time()
        convert(workbook, validate=False, file_type=".xlsx")
        if run > 0:
            wall_ms.append((time.perf_counter() - wall) * 1e3)
            cpu_ms.append((time.process_time() - cpu) * 1e3)
    return {"cpu_ms": cpu_ms, "wall_ms": wall_ms}


for file in sys.argv[2:]:
    print(json.dumps({"workbook": file, **measured(Path(file).read_bytes(), int(sys.argv[1]))}), flush=True)
