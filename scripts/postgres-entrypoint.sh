#!/bin/sh
# The entrypoint of the image that postgres-image.sh builds. It does what the
# official image's does for POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB:
# the first start makes a cluster, runs a server that only the socket reaches to
# create the database, stops it, and then starts the server that is asked for.
# So "database system is ready to accept connections" is logged twice, which
# callers wait for.
set -eu

as_postgres() { setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }

init() {
  user=${POSTGRES_USER:-postgres}
  database=${POSTGRES_DB:-$user}
  if [ -z "${POSTGRES_PASSWORD:-}" ]; then
    echo 'POSTGRES_PASSWORD must be set to a superuser password' >&2
    exit 1
  fi

  password_file=$(mktemp)
  printf '%s\n' "$POSTGRES_PASSWORD" >"$password_file"
  chown postgres "$password_file"
  as_postgres initdb --username="$user" --pwfile="$password_file" --encoding=UTF8 \
    --auth-local=trust --auth-host=scram-sha-256 --no-sync
  rm "$password_file"
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"

  as_postgres pg_ctl --wait -o "-c listen_addresses=''" start
  if [ "$database" != postgres ]; then
    as_postgres psql -v ON_ERROR_STOP=1 -v database="$database" --no-psqlrc \
      --username="$user" --dbname=postgres --quiet <<'SQL'
create database :"database";
SQL
  fi
  as_postgres pg_ctl --wait --mode=fast stop
}

case ${1:-postgres} in
  -*) set -- postgres "$@" ;;
esac
if [ "${1:-}" != postgres ]; then
  exec "$@"
fi

mkdir -p "$PGDATA" /var/run/postgresql
chown -R postgres:postgres "$PGDATA" /var/run/postgresql
chmod 700 "$PGDATA"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  init
fi

shift
exec setpriv --reuid=postgres --regid=postgres --init-groups \
  postgres -c 'listen_addresses=*' "$@"
