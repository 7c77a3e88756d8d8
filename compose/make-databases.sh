#!/bin/bash
# Two services, two databases, two users: neither can access the other's database. Runs once, in an empty Postgres.
set -euo pipefail

for service in auth books; do
  psql --no-psqlrc -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres \
    -v service="$service" -v password="$(cat "/run/countersign/postgres/$service")" <<'SQL'
CREATE ROLE :"service" LOGIN PASSWORD :'password';
CREATE DATABASE :"service" OWNER :"service";
REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
SQL
done
psql --no-psqlrc -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres -c 'REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC'
