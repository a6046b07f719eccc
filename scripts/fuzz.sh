#!/usr/bin/env bash
# Builds the fuzzers and runs each for some seconds: fuzz.sh SECONDS
#
# A finding stops the script; the input that did it lies under build/fuzz/findings/.
set -euo pipefail

seconds=$1
cmake --preset fuzz > build/fuzz.log || { cat build/fuzz.log; exit 1; }
cmake --build --preset fuzz
mkdir -p build/fuzz/findings
shopt -s nullglob
fuzzers=(build/fuzz/tests/fuzz/fuzz_*)
found=0
for fuzzer in "${fuzzers[@]}"; do
  [[ -f $fuzzer && -x $fuzzer ]] || continue
  name=$(basename "$fuzzer")
  found=$((found + 1))
  corpus=build/fuzz/corpus/$name
  mkdir -p "$corpus"
  seeds=(tests/fuzz/corpus/"$name"*/)  # a folder, or nothing where a fuzzer starts from scratch
  "$fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix=build/fuzz/findings/ "$corpus" "${seeds[@]}" > "build/fuzz/$name.log" 2>&1 ||
    { tail -n 40 "build/fuzz/$name.log"; echo "$name: found something, see build/fuzz/findings/" >&2; exit 1; }
  echo "$name: $(grep -m1 number_of_executed_units "build/fuzz/$name.log" | tr -s ' '), ${seconds} s, nothing found"
done
((found)) || { echo "no fuzzer was built under tests/fuzz" >&2; exit 1; }
