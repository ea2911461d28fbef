#!/usr/bin/env bash
# Formatting, lint and types of everything in Python. The tools live in .venv, in the versions of python-tools.txt.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=scripts/python-tools.txt
# Never beside the sources: a cache in the folder of an app would go into its image.
export MYPY_CACHE_DIR="$PWD/.venv/mypy-cache" RUFF_CACHE_DIR="$PWD/.venv/ruff-cache"
if ! cmp -s "$tools" .venv/tools.txt; then
  rm -rf .venv
  python3 -m venv .venv
  .venv/bin/pip install --quiet --disable-pip-version-check --requirement "$tools"
  cp "$tools" .venv/tools.txt
fi
.venv/bin/ruff check --quiet .
.venv/bin/ruff format --quiet --check .
mypy="$PWD/.venv/bin/mypy"
for folder in guest/harness guest/harness2 guest/seed; do (cd "$folder" && "$mypy" --no-error-summary); done
for folder in guest/probe cpython-patch/tests cpython-patch/bin cpython-patch/suite cpython-patch/trap; do (cd "$folder" && "$mypy" --no-error-summary --strict .); done
(cd scripts && MYPYPATH=../guest/harness "$mypy" --no-error-summary --strict --follow-imports=silent .)
# Django has no types of its own.
check_app() { (cd "$1" && "$mypy" --no-error-summary --disallow-untyped-defs --ignore-missing-imports --exclude migrations .); }
merged=$(mktemp -d)
trap 'rm -rf "$merged"' EXIT
for app in labs/*/app; do
  below=$(sed -n 's/^  over: { lab: \([a-z0-9-]*\),.*/\1/p' "${app%app}lab.yaml")
  if [ -z "$below" ]; then
    check_app "$app"
    continue
  fi
  # What is laid over another lab's application makes sense with it only.
  rm -rf "$merged/app"
  cp -r "labs/$below/app" "$merged/app"
  rm -rf "$merged/app/tests"
  cp -r "$app/." "$merged/app"
  check_app "$merged/app"
done
