#!/usr/bin/env bash
# Makes sure that Debian packages are there: system_packages.sh PYTHON PACKAGE...
#
# Installs what is missing as root or with passwordless sudo. Otherwise prints the one line to run and
# exits 2. Where there is no dpkg it says what is needed and leaves the check to CMake.
set -euo pipefail

python=$1
shift
packages=("$@")

if ! command -v "$python" > /dev/null; then
  packages+=(python3 python3-venv python3-dev)
else
  if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "aisle needs Python 3.11 or newer, and $python is $("$python" --version 2>&1)." \
         "Name another: make PYTHON=python3.12 test" >&2
    exit 2
  fi
  # Debian splits these from python3; other builds of Python bring them along.
  "$python" -c 'import ensurepip, venv' 2> /dev/null || packages+=(python3-venv)
  "$python" -c 'import os, sys, sysconfig
sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))' || packages+=(python3-dev)
fi

if ! command -v dpkg-query > /dev/null; then
  echo "no dpkg here: install what your system calls these: ${packages[*]}" >&2
  exit 0
fi

missing=()
for package in "${packages[@]}"; do
  state=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2> /dev/null || true)
  [[ $state == installed ]] || missing+=("$package")
done
((${#missing[@]})) || exit 0

line="apt-get install --yes --no-install-recommends ${missing[*]}"
if [[ $(id -u) == 0 ]]; then
  sudo=(env)
elif command -v sudo > /dev/null && sudo -n true 2> /dev/null; then
  sudo=(sudo env)
else
  printf 'aisle needs some Debian packages first. Run this, then the same command again:\n\n  sudo %s\n\n' "$line" >&2
  exit 2
fi

echo "installing: ${missing[*]}"
# Retries: a mirror may be slow, or another apt may hold the lock.
for attempt in 1 2 3; do
  if "${sudo[@]}" DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 update &&
     "${sudo[@]}" DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 install \
       --yes --no-install-recommends "${missing[@]}" < /dev/null > /dev/null; then
    exit 0
  fi
  echo "apt-get failed (attempt $attempt of 3)" >&2
  sleep $((attempt * 5))
done
printf 'apt-get could not install the packages. Try by hand:\n\n  sudo %s\n\n' "$line" >&2
exit 2
