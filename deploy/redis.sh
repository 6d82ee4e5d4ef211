#!/bin/sh
# Starts Redis with its password from a file, in a configuration that is in memory only: an argument could be read by everybody.
set -eu
umask 077
IFS= read -r password </run/secrets/redis_password
[ -n "$password" ] || { echo 'redis_password: expected a password, got nothing' >&2; exit 1; }
cat >/tmp/redis.conf <<END
requirepass "$password"
dir /data
appendonly yes
appendfsync everysec
save ""
maxmemory 256mb
maxmemory-policy noeviction
END
exec redis-server /tmp/redis.conf
