#!/usr/bin/env bash
# Builds the core's tests with a sanitizer and runs them: sanitize.sh asan|tsan
set -euo pipefail

preset=$1
run=()
# GCC 12's ThreadSanitizer cannot map its shadow where the kernel spreads addresses over 32 bits.
if [[ $preset == tsan ]] && setarch "$(uname -m)" -R true 2> /dev/null; then
  run=(setarch "$(uname -m)" -R)
fi
cmake --preset "$preset" > "build/$preset.log" || { cat "build/$preset.log"; exit 1; }
cmake --build --preset "$preset"
"${run[@]}" ctest --preset "$preset"
