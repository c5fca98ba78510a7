#!/bin/bash
# run.sh: everything a fresh Debian 12 needs to build and test this checkout, in one
# go, as root. Ends with one line of its own, "N passed, M failed"; success only
# when tests ran and none failed.
#
#   --unit-only, --integration-only   one half (both build)
#   --filter REGEX                    only tests whose names match
#   --keep                            leaves the test hosts running, to be looked at
set -uo pipefail
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
cd "$(dirname "$(readlink -f "$0")")/.." || exit 1

usage() {
  sed -n '2,9s/^# \{0,1\}//p' tests/run.sh >&2
  exit 2
}
unit=1 integration=1 filter=''
while [[ $# -gt 0 ]]; do
  case $1 in
    --unit-only) integration='' ;;
    --integration-only) unit='' ;;
    --filter)
      [[ $# -ge 2 ]] || usage
      filter=$2
      shift
      ;;
    --keep) export TOWN_HOST_KEEP=1 ;;
    *) usage ;;
  esac
  shift
done
if [[ $EUID -ne 0 ]]; then
  echo "run.sh needs root: sudo ./tests/run.sh" >&2
  exit 2
fi

passed=0 failed=0
work=$(mktemp -d)
# Called by the trap.  Removes hosts of this run whose test program was killed, and of earlier runs.
# shellcheck disable=SC2317
cleanup() {
  rm -rf "$work"
  tests/host/down --stale
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

step() { echo "== $* ($SECONDS s)"; }

# finish: the closing line, and the exit status that goes with it
finish() {
  step "done"
  echo "$passed passed, $failed failed"
  [[ $passed -gt 0 && $failed -eq 0 ]]
  exit
}

# require WHAT CMD...: without it there is nothing to test, which is a failure
require() {
  local what=$1
  shift
  step "$what"
  if ! "$@"; then
    echo "FAIL $what"
    failed=$((failed + 1))
    finish
  fi
}

unit_tests() {
  local options=(--preset dev --no-tests=ignore --output-junit "$work/junit.xml") counts
  if [[ -n $filter ]]; then options+=(-R "$filter"); fi
  ctest "${options[@]}"
  # whatever did not succeed has failed: skipped and disabled tests as well
  counts=$(python3 - "$work/junit.xml" <<'PYTHON'
import sys, xml.etree.ElementTree as tree
cases = list(tree.parse(sys.argv[1]).getroot().iter("testcase"))
good = sum(case.get("status") == "run" for case in cases)
print(good, len(cases) - good)
PYTHON
  ) || counts="0 1"
  count "$counts"
}

# A short look each, for what the corpora do not know yet.
fuzz_tests() {
  step "fuzzers"
  tests/fuzz/run 20 | tee "$work/fuzz"
  count "$(grep -c '^ok fuzz' "$work/fuzz") $(grep -c '^FAIL fuzz' "$work/fuzz")"
  grep -q '^ok fuzz' "$work/fuzz" || count "0 1" # not even built
}

integration_tests() {
  # started here and not in the middle of a test, where it would look like a slow one
  require "test host" tests/host/make-base
  step "integration tests"
  TOWN_BIN_DIR=$PWD/build/dev python3 tests/integration/run.py --filter "$filter" --counts "$work/counts"
  count "$(cat "$work/counts" 2>/dev/null || echo 0 1)"
}

count() {
  passed=$((passed + ${1% *}))
  failed=$((failed + ${1#* }))
}

require "packages" tests/install-packages
require "style" tests/lint
require "configure" cmake --preset dev
require "build" cmake --build --preset dev --parallel "$(nproc)"
if [[ -n $unit ]]; then
  step "unit tests"
  unit_tests
  [[ -n $filter ]] || fuzz_tests
fi
if [[ -n $integration ]]; then integration_tests; fi
finish
