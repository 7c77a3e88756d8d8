#!/bin/bash
# Each service has a database and a user of its own, which can access no other database. Runs once, in an empty Postgres.
set -euo pipefail

cd /run/countersign/postgres
for service in *; do
  [ "$service" != superuser ] || continue
  psql --no-psqlrc -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres -v service="$service" -v password="$(cat "$service")" <<'SQL'
CREATE ROLE :"service" LOGIN PASSWORD :'password';
CREATE DATABASE :"service" OWNER :"service";
REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
SQL
done
psql --no-psqlrc -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres -c 'REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC'
