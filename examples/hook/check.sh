#!/bin/sh
# Asks whether a text may be saved: check.sh SYSTEM FIELD < text
# Ends with 0 if it may, 1 if it may not, 2 if nobody answered. Needs curl and jq.
set -eu
url=${FRITEXT_URL:-http://127.0.0.1:8086}
question=$(jq -Rs --arg system "$1" --arg field "$2" '{$system, $field, text: .}')
answer=$(printf %s "$question" | curl -sS --fail-with-body --max-time 1 "$url/v1/check" \
    -H 'Content-Type: application/json' -H "Accept-Language: ${LANG:-en}" --data-binary @-) || exit 2
printf '%s\n' "$answer" | jq -r '.findings[] | select(.action != "allow") | "\(.action)[\(.code)]: \(.message)"' | sort -u
printf '%s\n' "$answer" | jq -r 'if .suggested_text then "instead: \(.suggested_text)" else empty end'
case $(printf '%s\n' "$answer" | jq -r .verdict) in
allow | flag) exit 0 ;;
*) exit 1 ;;
esac
