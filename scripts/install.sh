#!/bin/sh
# Installs Debian packages for the make targets: install.sh PACKAGE...
set -eu
if ! command -v apt-get >/dev/null; then
	echo "missing: $*. Install it by hand: apt-get is not here." >&2
	exit 1
fi
sudo=
if [ "$(id -u)" != 0 ]; then sudo=sudo; fi
echo "installing $*" >&2
$sudo apt-get update -qq
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "$@" >&2
