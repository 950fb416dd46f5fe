#!/usr/bin/env bash
# Makes sure that the Docker image postgres:VERSION-alpine is on this machine.
#
#   scripts/postgres-image.sh 17
#
# An image that is there is left alone. Else it is pulled; and where no registry
# can be reached it is built from Debian's packages under the same name, with
# the official image's environment, arguments and log lines, so that nothing
# that uses it needs a special case. Building takes about a minute, needs root,
# and installs debootstrap by apt-get where it is missing.
#
# DEBIAN_MIRROR names the mirror to build from; by default the one that apt is
# set up with, else http://deb.debian.org/debian.
set -euo pipefail

version=${1:-}
case $version in
  15) suite=bookworm ;;
  17) suite=trixie ;;
  *)
    echo "usage: $0 15|17" >&2
    exit 2
    ;;
esac

here=$(cd "$(dirname "$0")" && pwd)
image=postgres:$version-alpine
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

present() { docker image inspect "$image" >/dev/null 2>&1; }

pull() { timeout "${PULL_TIMEOUT:-120}" docker pull --quiet "$image" </dev/null; }

mirror() {
  local found=
  if [ -n "${DEBIAN_MIRROR:-}" ]; then
    found=$DEBIAN_MIRROR
  elif command -v apt-get >/dev/null; then
    found=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' |
      awk '/\/debian\/?$/ && !seen++')
  fi
  echo "${found:-http://deb.debian.org/debian}"
}

install_debootstrap() {
  if command -v debootstrap >/dev/null && [ -e "$keyring" ]; then
    return
  fi
  if ! command -v apt-get >/dev/null; then
    echo "building $image needs debootstrap and Debian's archive keyring" >&2
    exit 1
  fi
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends \
    debootstrap debian-archive-keyring
}

# in_root runs a command in the new root as apt's scripts expect it: with no
# questions, no locale and none of the caller's settings.
in_root() {
  chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C \
    DEBIAN_FRONTEND=noninteractive "$@"
}

install_postgres() {
  # The packages would make a cluster and start it; the entrypoint makes its own.
  mkdir -p "$root/etc/postgresql-common"
  echo 'create_main_cluster = false' >"$root/etc/postgresql-common/createcluster.conf"
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod +x "$root/usr/sbin/policy-rc.d"

  cp /etc/resolv.conf "$root/etc/resolv.conf"
  in_root apt-get install -qy --no-install-recommends "postgresql-$version"
  in_root apt-get clean
  rm -rf "$root"/var/lib/apt/lists/* "$root"/usr/share/doc/* "$root"/usr/share/man/* \
    "$root"/usr/share/locale/* "$root/usr/sbin/policy-rc.d" "$root/etc/resolv.conf"

  install -m 755 "$here/postgres-entrypoint.sh" "$root/usr/local/bin/docker-entrypoint.sh"
}

build() {
  if [ "$(id -u)" != 0 ]; then
    echo "building $image with debootstrap needs root" >&2
    exit 1
  fi
  install_debootstrap

  work=$(mktemp -d)
  root=$work/root
  mkdir "$work/context"
  trap 'rm -rf "$work"' EXIT

  debootstrap --variant=minbase --keyring="$keyring" "$suite" "$root" "$(mirror)"
  install_postgres

  tar -C "$root" --numeric-owner -cf "$work/context/root.tar" .
  cat >"$work/context/Dockerfile" <<DOCKERFILE
FROM scratch
ADD root.tar /
LABEL org.opencontainers.image.description="PostgreSQL $version from Debian $suite"
ENV PATH=/usr/lib/postgresql/$version/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ENV PG_MAJOR=$version PGDATA=/var/lib/postgresql/data LANG=C.UTF-8
VOLUME /var/lib/postgresql/data
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
EXPOSE 5432
STOPSIGNAL SIGINT
DOCKERFILE
  docker build --quiet --tag "$image" "$work/context" >/dev/null
}

if present; then
  echo "$image is here"
elif pull; then
  echo "$image pulled"
else
  echo "$image can't be pulled: building it from Debian $suite"
  build
  echo "$image built in ${SECONDS}s"
fi
