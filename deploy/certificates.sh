#!/bin/sh
# Makes the authority of the machines inside (event store, PostgreSQL) and a certificate for each; agencies never see them. Makes
# what is missing and what ends within 60 days, keeps everything else, and refuses to replace an authority.
set -eu
umask 077
# Where the volumes lie: a test names another place.
base=${BASE:-}
soon=$((60 * 24 * 3600))
authority=$base/authority
trust=$base/trust

if [ ! -e "$authority/ca.key" ]; then
  if [ -e "$trust/ca.crt" ]; then
    echo 'The authority is gone, and certificates of it are in use: restore its volume, or delete all of these volumes.' >&2
    exit 1
  fi
  openssl req -x509 -newkey rsa:3072 -sha256 -nodes -days 7300 -subj '/O=Lianhu/CN=Lianhu inside' \
    -addext 'basicConstraints=critical,CA:TRUE,pathlen:0' -addext 'keyUsage=critical,keyCertSign,cRLSign' \
    -keyout "$authority/ca.key.new" -out "$authority/ca.crt" 2>/dev/null
  mv "$authority/ca.key.new" "$authority/ca.key"
fi
install -m 444 "$authority/ca.crt" "$trust/ca.crt"

# certify HOST COMMON-NAME OWNER: into the volume of that name, the key for its owner alone.
certify() {
  folder=$base/$1-tls
  if [ -e "$folder/server.key" ] && openssl x509 -in "$folder/server.crt" -noout -checkend "$soon" >/dev/null; then
    return
  fi
  rm -f "$folder"/server.*
  printf '%s\n' "subjectAltName=DNS:$1,DNS:localhost,IP:127.0.0.1" 'basicConstraints=critical,CA:FALSE' \
    'keyUsage=critical,digitalSignature,keyEncipherment' 'extendedKeyUsage=serverAuth,clientAuth' >"$folder/server.ext"
  openssl req -newkey rsa:3072 -sha256 -nodes -subj "/O=Lianhu/CN=$2" \
    -keyout "$folder/server.key.new" -out "$folder/server.csr" 2>/dev/null
  openssl x509 -req -in "$folder/server.csr" -sha256 -days 1825 -CA "$authority/ca.crt" -CAkey "$authority/ca.key" \
    -CAcreateserial -CAserial "$authority/ca.srl" -extfile "$folder/server.ext" -out "$folder/server.crt" 2>/dev/null
  rm "$folder/server.csr" "$folder/server.ext"
  chmod 444 "$folder/server.crt"
  chmod 400 "$folder/server.key.new"
  chown "$3" "$folder/server.key.new"
  mv "$folder/server.key.new" "$folder/server.key"
  echo "made a certificate for $1"
}

# The event store takes a node for one of its own by this name; nobody else may carry it.
certify es1 eventstoredb-node 1000:1000
certify es2 eventstoredb-node 1000:1000
certify es3 eventstoredb-node 1000:1000
certify postgres postgres 999:999
