#!/bin/sh
# Installs what the test suite needs of the machine and the machine lacks; says nothing when all is there.
# It starts no service and enables none. Exit codes: 0 all is there, 1 something could not be installed, 3 no root and no sudo.
set -eu
PATH=$PATH:/usr/sbin:/sbin

say() { echo "prepare.sh: $*" >&2; }

if [ "$(id -u)" -eq 0 ]; then
  as_root() { "$@"; }
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
  as_root() { sudo -n "$@"; }
else
  say "the test suite builds real hosts in network namespaces and needs root for it: run it as root, or allow sudo without a password."
  exit 3
fi

# What the tests need, as pairs of package and proof that it is there.
have_command() { command -v "$1" >/dev/null; }
have_server() { ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || have_command initdb; }
have_venv() { python3 -c 'import ensurepip, venv' 2>/dev/null; }
list_missing() {
  have_command mmdebstrap || echo mmdebstrap
  have_command ip || echo iproute2
  have_command mount || echo mount
  { have_command nsenter && have_command setpriv && have_command unshare; } || echo util-linux
  have_command strace || echo strace
  have_command chromium || echo chromium
  have_server || echo postgresql
  have_venv || echo python3-venv
}

# A few tests speak to a real Kerberos realm. pykerberos is built for it; without these, those tests are skipped with their reason.
list_useful() {
  { have_command krb5kdc && have_command kinit && have_command kadmin.local; } || echo krb5-kdc krb5-admin-server krb5-user
  have_command krb5-config || echo libkrb5-dev
  have_command cc || echo gcc
  ls "$(python3 -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" >/dev/null 2>&1 || echo python3-dev
}

missing=$(list_missing | xargs)
useful=$(list_useful | xargs)
if [ -z "$missing$useful" ]; then exit 0; fi
if ! have_command apt-get; then
  say "this is no Debian or Ubuntu, so please install what these Debian packages hold: $missing $useful"
  if [ -z "$missing" ]; then exit 0; fi
  exit 1
fi
case " $missing " in *" chromium "*)
  if grep -qx 'ID=ubuntu' /etc/os-release; then
    say "Ubuntu has Chromium as a snap only, which the tests cannot start: please put another chromium into the PATH."
    exit 1
  fi
esac

# A package that starts its service asks policy-rc.d first, and PostgreSQL makes a cluster unless this file says otherwise.
# Both files are removed again if they are ours.
policy=/usr/sbin/policy-rc.d
cluster=/etc/postgresql-common/createcluster.d/closeout-tests.conf
own_policy=
undo() {
  as_root rm -f "$cluster" ${own_policy:+"$own_policy"}
  as_root rmdir --ignore-fail-on-non-empty "${cluster%/*}"
}
as_root mkdir -p "${cluster%/*}"
trap undo EXIT
trap 'exit 130' INT TERM
if [ ! -e "$policy" ]; then
  own_policy=$policy
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
  as_root chmod 755 "$policy"
fi
echo 'create_main_cluster = false' | as_root tee "$cluster" >/dev/null

say "installing $(echo "$missing $useful" | xargs)"
log=$(mktemp)
apt() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600 -o Acquire::Retries=5 "$@" >>"$log" 2>&1 </dev/null; }
# Another apt-get may hold the lists for a while, and there is no option to wait for those. The lists at hand may do as well.
update() { for _ in 1 2 3 4 5 6; do if apt update; then return; fi; sleep 10; done; }
update
# shellcheck disable=SC2086 # one word a package
if [ -n "$useful" ] && ! apt install --no-install-recommends $useful; then
  say "apt-get could not install $useful, so the tests of Kerberos are skipped"
fi
case " $useful " in *" krb5-kdc "*) as_root systemctl disable krb5-kdc krb5-admin-server >>"$log" 2>&1 || : ;; esac
# shellcheck disable=SC2086 # one word a package
if [ -n "$missing" ] && ! apt install --no-install-recommends $missing; then
  say "apt-get could not install $missing; it said:"
  tail -n 20 "$log" >&2
  exit 1
fi
rm -f "$log"

missing=$(list_missing | xargs)
if [ -n "$missing" ]; then
  say "still missing after the installation: $missing"
  exit 1
fi
