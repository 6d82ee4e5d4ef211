#!/bin/sh
# Once, before the first start of a cluster: makes the master key in the first hub's volume, begins log and vault, prints the
# operator's first key, and gives the second hub the same master key file. Overwrites no key file; may be run again after a failure.
set -eu
first=/var/lib/lianhu/master.key
second=/var/lib/lianhu-2/master.key

# share FROM TO: whole or not at all, whatever happens in between.
share() {
  cp "$1" "$2.new"
  chmod 600 "$2.new"
  sync "$2.new"
  mv "$2.new" "$2"
  sync "$(dirname "$2")"
}

if [ -e "$first" ] && [ -e "$second" ]; then
  if cmp -s "$first" "$second"; then
    echo 'Both hubs have the master key already: start them.' >&2
    exit 0
  fi
  echo 'The hubs have two different master keys. One of them opens the vault: keep that one, move the other away.' >&2
  exit 1
fi
# A hub whose volume was lost gets the other's key, never a new one.
if [ -e "$second" ]; then share "$second" "$first"; exit 0; fi
if [ -e "$first" ]; then share "$first" "$second"; fi

# Refuses where an operator's key is in force already: an earlier run had come so far.
lianhu keys create --operator --init
[ -e "$second" ] || share "$first" "$second"
echo 'Both hubs have the master key. Copy it to a safe place now, apart from the passphrase.' >&2
