#!/bin/sh
# links.sh ROOT PAGE...: every link of the pages to a file of the tree leads somewhere.
set -eu
cd "$1"
shift
broken=$(for page; do
  awk '/^```/ { code = !code; next } !code' "$page" | sed 's/`[^`]*`//g; s/](/\n](/g' | sed -n 's/^](\([^)#]*\).*/\1/p' | sort -u | while read -r link; do
    case $link in "" | *:*) continue ;; esac
    [ -e "$(dirname "$page")/$link" ] || echo "$page: there is no $link"
  done
done)
[ -z "$broken" ] || { echo "$broken"; exit 1; }
