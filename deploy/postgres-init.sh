#!/bin/bash
# Read by PostgreSQL's image when its data directory is empty: a role and a database for the vault, and nobody else in there.
psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\set password `head -n 1 /run/secrets/postgres_password`
CREATE ROLE lianhu LOGIN PASSWORD :'password';
CREATE DATABASE lianhu OWNER lianhu;
REVOKE ALL ON DATABASE lianhu FROM PUBLIC;
SQL
