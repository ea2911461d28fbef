#!/bin/sh
# The newest run of the lab has a file with the causes of `preload`.
file="$MAJEK_LAB_RESULTS/django-8workers/latest/blame/preload.json"
if [ -s "$file" ]; then
  echo "causes are in blame/preload.json"
else
  echo "there is no blame/preload.json in the newest run"
  exit 1
fi
