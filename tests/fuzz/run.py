#!/usr/bin/python3
"""Runs the fuzz targets on their seeds, two at a time.

    run.py [--seconds 20] [--jobs 2] [--seed N] [--build build/fuzz] [TARGET...]

A target starts from tests/fuzz/seeds/TARGET/ and keeps what it learns in BUILD/corpus/TARGET/, so that the next run
goes on from there. With --seed the inputs of a first run are the same every time. What makes one crash, hang for
10 seconds or take 1 GiB is left as BUILD/TARGET-crash-*; an input whose defect is mended belongs among the seeds.
"""

import argparse
import concurrent.futures
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
MAX_BYTES = {"packets": 4096, "sql": 4096, "sql_parameters": 4096, "query": 1024}


def run(target, build, seconds, seed):
    corpus = build / "corpus" / target
    corpus.mkdir(parents=True, exist_ok=True)
    command = [build / ("fuzz_" + target), corpus, HERE / "seeds" / target, "-max_total_time=%d" % seconds, "-timeout=10",
               "-rss_limit_mb=1024", "-max_len=%d" % MAX_BYTES.get(target, 2048), "-print_final_stats=1",
               "-artifact_prefix=%s/%s-" % (build, target), "-seed=%d" % seed]
    if target == "query" or target.startswith("sql"):
        command.append("-dict=%s" % (HERE / "sql.dict"))
    # The system's libraries are not instrumented: what containers hold there is none of the sanitizer's business.
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", timeout=seconds + 300,
                          env={"ASAN_OPTIONS": "detect_container_overflow=0", "PATH": "/usr/bin:/bin:/usr/lib/llvm-19/bin"})
    runs = re.search(r"number_of_executed_units: (\d+)", done.stdout)
    return done.returncode, int(runs.group(1)) if runs else 0, done.stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0, help="0: another one every time")
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "fuzz")
    parser.add_argument("targets", nargs="*")
    options = parser.parse_args()
    build = options.build.resolve()
    targets = options.targets or sorted(path.name.removeprefix("fuzz_") for path in build.glob("fuzz_*"))
    without_seeds = [target for target in targets if not any((HERE / "seeds" / target).glob("*"))]
    if without_seeds or not targets:
        sys.exit("no seeds for %s" % ", ".join(without_seeds) if targets else "no targets in %s" % build)
    failed = []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        results = {target: pool.submit(run, target, build, options.seconds, options.seed) for target in targets}
        for target, result in results.items():
            code, runs, output = result.result()
            print("%-20s %9d inputs  %s" % (target, runs, "ok" if code == 0 else "FAILED"), flush=True)
            if code != 0:
                failed.append(target)
                print(output[-6000:])
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
