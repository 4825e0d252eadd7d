#!/bin/sh
# Installs the closeout agent on this host, or takes it away. Run it as root, in the directory that the package was unpacked to.
#
#   sh install.sh < TOKEN-FILE     install and enrol; typed in where standard input is a terminal
#   sh install.sh                  on a host that is enrolled: replace the scripts by those of this package
#   sh install.sh --uninstall      take everything away, the key too
#
# The server that the agent will talk to stands in server.conf, with the key that it has to show. What collects is fixed here and
# now: no server can change it later, only root of this host by installing another package.
set -eu
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
umask 077

code=/usr/local/lib/closeout-agent
state=/var/lib/closeout-agent
units=/etc/systemd/system
here=$(cd "$(dirname "$0")" && pwd)

say() { printf '%s\n' "$*" >&2; }
stop() {
  say "install.sh: $*"
  exit 69
}
have() { command -v "$1" >/dev/null 2>&1; }

check_host() {
  [ "$(id -u)" = 0 ] || stop 'only root can install the agent, because it reads what only root may read'
  have openssl || stop 'openssl is not installed on this host, so it could not sign what it sends. Install openssl and try again, or have this host scanned by SSH. Nothing was installed.'
  have curl || have wget || stop 'neither curl nor wget is installed on this host, so it could not send anything. Install curl and try again, or have this host scanned by SSH. Nothing was installed.'
  for file in server.conf collect.sh closeout-agent.sh closeout-agent.service closeout-agent.timer; do
    [ -f "$here/$file" ] || stop "$file is not beside this script; unpack the package that \`closeout agents package\` made"
  done
}

put_files() {
  mkdir -p "$code" "$state"
  chmod 700 "$code" "$state"
  for file in server.conf collect.sh closeout-agent.sh install.sh; do
    if [ "$here" != "$code" ]; then cp "$here/$file" "$code/$file.new" && mv "$code/$file.new" "$code/$file"; fi
    chmod 600 "$code/$file"
  done
}

start_timer() {
  have systemctl || {
    say "This host has no systemd. Run the agent from cron, as root: 17 */4 * * * /bin/sh $code/closeout-agent.sh run"
    return 0
  }
  mkdir -p "$units"
  for unit in closeout-agent.service closeout-agent.timer; do
    cp "$here/$unit" "$units/$unit"
    chmod 644 "$units/$unit"
  done
  if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    systemctl --quiet enable --now closeout-agent.timer
  else
    systemctl --quiet enable closeout-agent.timer
    say 'systemd is not running; the timer starts with the host.'
  fi
}

read_token() {
  if [ -t 0 ]; then printf 'The token (closeout agents token): ' >&2; fi
  token=''
  IFS= read -r token || :
  [ -n "$token" ] || stop 'there is no token on standard input; make one with `closeout agents token`. Nothing was installed.'
}

install() {
  check_host
  if [ -f "$state/id" ]; then
    put_files
    start_timer
    say 'This host is enrolled already: its key was kept, the scripts were replaced.'
    return 0
  fi
  read_token
  trap 'remove_all; say "install.sh: nothing was left installed"' EXIT
  trap 'exit 143' HUP INT TERM
  put_files
  sh "$code/closeout-agent.sh" try </dev/null
  printf '%s\n' "$token" | sh "$code/closeout-agent.sh" enrol
  start_timer
  trap - EXIT
  say 'Compare the key with what `closeout agents list` shows, then approve it there. Until then the server takes nothing from here.'
}

remove_all() {
  if have systemctl && [ -e "$units/closeout-agent.timer" ]; then
    if [ -d /run/systemd/system ]; then systemctl --quiet stop closeout-agent.timer closeout-agent.service || :; fi
    systemctl --quiet disable closeout-agent.timer 2>/dev/null || :
  fi
  rm -f "$units/closeout-agent.timer" "$units/closeout-agent.service"
  rm -rf "$code" "$state"
  if have systemctl && [ -d /run/systemd/system ]; then systemctl daemon-reload || :; fi
}

main() {
  case ${1:-} in
    '') install ;;
    --uninstall)
      [ "$(id -u)" = 0 ] || stop 'only root can take the agent away'
      remove_all
      say 'The agent and its key are gone. Revoke it on the server too: closeout agents revoke ID --because "..."'
      ;;
    *) stop "there is no option $1; the first lines of this file say how it is used" ;;
  esac
}

main "$@"
