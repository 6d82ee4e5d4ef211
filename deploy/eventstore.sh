#!/bin/sh
# Starts a node of the event store. On its very first start the cluster takes the passwords from here, not those it is known for.
set -eu
IFS= read -r credentials </run/secrets/eventstore_credentials
IFS= read -r ops </run/secrets/eventstore_ops_password
case $credentials in
  admin:?*) ;;
  *) echo 'eventstore_credentials: expected admin:password on its first line' >&2; exit 1 ;;
esac
[ -n "$ops" ] || { echo 'eventstore_ops_password: expected a password, got nothing' >&2; exit 1; }
export EVENTSTORE_DEFAULT_ADMIN_PASSWORD="${credentials#admin:}" EVENTSTORE_DEFAULT_OPS_PASSWORD="$ops"
exec /opt/eventstore/EventStore.ClusterNode
