#!/bin/sh
# The closeout agent: collects once, signs what came out with the key of this host, and sends it to the one server whose key is
# pinned. What the server answers is compared with fixed words and otherwise thrown away: no line here runs, stores or shows it.
#
#   closeout-agent.sh run      collect and send once; a timer calls this
#   closeout-agent.sh enrol    hand in the public key of this host, with the token that stands on standard input
#   closeout-agent.sh try      see that a server which shows another key than the pinned one is refused
#
# It ends with 0 when the server took it, 1 when the server refused, 69 when this host cannot, 75 when the server was not reached.
set -eu
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
umask 077

code=/usr/local/lib/closeout-agent
state=/var/lib/closeout-agent
work=$state/work
largest=67108864 # bytes, what the server takes
wrong_pin='sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='

stop() {
  status=$1
  shift
  printf 'closeout-agent: %s\n' "$*" >&2
  exit "$status"
}

have() { command -v "$1" >/dev/null 2>&1; }

# setting NAME: its value in the file that came with the package; the file is read, never run.
setting() { sed -n "s/^$1 //p" "$code/server.conf" | head -n 1; }

load_settings() {
  url=$(setting url)
  pin=$(setting pin)
  case $url in
    *[!A-Za-z0-9./:_-]*) stop 69 "the address in $code/server.conf is none; install the agent again" ;;
    https://?*) ;;
    *) stop 69 "the address in $code/server.conf does not begin with https://; install the agent again" ;;
  esac
  case $pin in
    *[!A-Za-z0-9+/=]*) stop 69 "the pin in $code/server.conf is none; install the agent again" ;;
    sha256//????????????????????????????????????????????) ;;
    *) stop 69 "the pin in $code/server.conf is none; install the agent again" ;;
  esac
}

sha256() { openssl dgst -sha256 -r <"$1" | cut -c 1-64; }

# send PLACE TYPE FILE: what the client ended with; the answer stands in a file that cannot grow beyond a few kilobytes.
# The public key of the server is pinned, which says more than a certificate authority would: that is why none is asked.
send() {
  : >"$work/answer"
  (
    ulimit -f 64
    if have curl; then
      exec curl -q --silent --insecure --pinnedpubkey "$pin" --proto '=https' --tlsv1.2 --connect-timeout 30 --max-time 300 \
        --request POST --header "Content-Type: $2" --header 'Expect:' --upload-file "$3" --output "$work/answer" "$url/$1"
    fi
    exec wget --no-config --quiet --no-check-certificate --pinnedpubkey="$pin" --https-only --max-redirect=0 --tries=1 --timeout=60 \
      --content-on-error --header="Content-Type: $2" --post-file="$3" --output-document="$work/answer" "$url/$1"
  ) </dev/null >/dev/null 2>&1
}

# ask PLACE TYPE FILE: sends, and keeps the first line of the answer to be compared.
ask() {
  ended=0
  send "$@" || ended=$?
  answer=''
  IFS= read -r answer <"$work/answer" || :
  case "$ended $answer" in
    *' closeout '*) ;; # wget ends with 8 where the server refuses
    '90 '* | '5 '*) stop 75 "the server at $url does not show the pinned key $pin; nothing was sent to it" ;;
    '0 '*) stop 75 'the server does not answer as a closeout server does; nothing of its answer was used' ;;
    *) stop 75 "the server at $url was not reached, or the connection broke (the client ended with $ended)" ;;
  esac
}

# refused: the sentence for the word that the server refused with.
refused() {
  case $answer in
    'closeout pending') stop 1 "this host is enrolled and waits for an administrator: closeout agents approve $(id_of_agent) --host NAME" ;;
    'closeout unknown') stop 1 'the server does not know this token or this agent; ask for a new token, and install again' ;;
    'closeout token-used') stop 1 'this token was used before; ask for a new one' ;;
    'closeout token-expired') stop 1 'this token has ended; ask for a new one' ;;
    'closeout wrong-key') stop 1 'the server does not take this key; uninstall, and install again with a new token' ;;
    'closeout revoked') stop 1 'this agent was revoked; uninstall it, or ask for a new token and install again' ;;
    'closeout retired') stop 1 'this host was taken out of scope; uninstall the agent' ;;
    'closeout other-platform') stop 1 'the server knows this host as one of another platform; see that the agent was approved for the right host' ;;
    'closeout foreign') stop 1 'the server knows another key for this agent; uninstall, and install again with a new token' ;;
    'closeout replayed') stop 1 'the server has a higher sequence number of this host; see that its clock is right, the next run goes on from there' ;;
    'closeout stale') stop 1 'the clocks of this host and of the server are too far apart; see that time is synchronized' ;;
    'closeout damaged') stop 1 'the bundle was changed on the way; the next run sends it again' ;;
    'closeout cut') stop 1 'the server could not read the bundle to its end; the next run collects again' ;;
    'closeout too-large') stop 1 'the bundle is larger than the server takes' ;;
    'closeout unknown-script') stop 1 'the server does not know the collection script of this host; install the package that it makes now' ;;
    'closeout slow-down') stop 1 'the server has heard too much from here lately; the next run tries again' ;;
    'closeout trouble') stop 1 'the server has a trouble of its own, which its log tells; the next run tries again' ;;
    *) stop 1 'the server refused, with a word that this version does not know' ;;
  esac
}

id_of_agent() { head -c 36 "$state/id"; }

start_work() {
  trap 'rm -rf "$work"' EXIT
  trap 'exit 143' HUP INT TERM
  rm -rf "$work"
  mkdir "$work"
}

# keep NAME TEXT...: a line of the state, written whole or not at all.
keep() {
  name=$1
  shift
  printf '%s\n' "$*" >"$state/$name.new"
  mv "$state/$name.new" "$state/$name"
}

# next_sequence: higher than any before, and at least the time, so that a host restored from a backup goes on by itself.
next_sequence() {
  previous=0
  if [ -r "$state/sequence" ]; then read -r previous <"$state/sequence" || :; fi
  case $previous in '' | *[!0-9]* | ??????????????????*) previous=0 ;; esac
  sequence=$((previous + 1))
  clock=$(date -u +%s)
  if [ "$clock" -gt "$sequence" ]; then sequence=$clock; fi
  keep sequence "$sequence"
}

sign() { openssl dgst -sha256 -sign "$state/key.pem" <"$1" | openssl base64 -A; }

# deliver KIND FILE: one signed upload of the file; the signature is over the whole bundle in both kinds.
deliver() {
  next_sequence
  printf 'closeout-upload 1\nhost %s\ntime %s\nsequence %s\ndigest %s\n' \
    "$(id_of_agent)" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$sequence" "$digest" >"$work/signed"
  {
    cat "$work/signed"
    printf 'signature %s\n%s\n\n' "$(sign "$work/signed")" "$1"
    cat "$2"
  } >"$work/request"
  ask upload application/vnd.closeout.upload "$work/request"
}

collect() {
  sh "$code/collect.sh" </dev/null >"$work/bundle" 2>/dev/null || stop 69 'the collection script failed; nothing was sent'
  case $(tail -n 1 "$work/bundle") in
    'finish '*) ;;
    *) stop 69 'the collection was cut short; nothing was sent' ;;
  esac
  if [ "$(wc -c <"$work/bundle")" -gt "$largest" ]; then stop 69 "the bundle is larger than $largest bytes; nothing was sent"; fi
}

# Frames that differ from run to run are marked so where they begin, and end with a line `end` or `again`; every line within a
# frame has a prefix or is empty.
run() {
  if [ ! -r "$state/key.pem" ] || [ ! -r "$state/id" ]; then stop 69 'this host is not enrolled; install the agent again'; fi
  start_work
  collect
  digest=$(sha256 "$work/bundle")
  sed '/^begin [^ ]* volatile/,/^[ae]/d' "$work/bundle" >"$work/stable"
  stable=$(sha256 "$work/stable")
  known_stable='' known=''
  if [ -r "$state/accepted" ]; then read -r known_stable known <"$state/accepted" || :; fi
  answer='closeout send-whole'
  if [ -n "$known" ] && [ "$stable" = "$known_stable" ]; then
    sed -n '/^begin [^ ]* volatile/,/^[ae]/p' "$work/bundle" >"$work/changes"
    deliver "changes $known" "$work/changes"
    kind='unchanged: sent a signed receipt and what always differs'
  fi
  if [ "$answer" = 'closeout send-whole' ]; then
    deliver whole "$work/bundle"
    kind='sent whole'
  fi
  case $answer in
    'closeout stored') ;;
    *) refused ;;
  esac
  keep accepted "$stable $digest"
  printf 'closeout-agent: %s, sequence %s, bundle %s\n' "$kind" "$sequence" "$digest"
}

enrol() {
  token=''
  IFS= read -r token || :
  case $token in
    *[!A-Za-z0-9._-]*) stop 69 'this is no token; `closeout agents token` makes one' ;;
    ????????-????-????-????-????????????.*) ;;
    *) stop 69 'this is no token; `closeout agents token` makes one' ;;
  esac
  start_work
  openssl ecparam -name prime256v1 -param_enc named_curve -genkey -noout -out "$state/key.pem" 2>/dev/null ||
    stop 69 'openssl could not make a key on the curve P-256; nothing was sent'
  public=$(openssl ec -in "$state/key.pem" -pubout -outform DER 2>/dev/null | openssl base64 -A)
  printf 'closeout-enrol 1\nhost %s\nsecret %s\nname %s\nkey %s\n' \
    "${token%%.*}" "${token#*.}" "$(uname -n | tr -cd 'A-Za-z0-9._-' | cut -c 1-255)" "$public" >"$work/signed"
  {
    cat "$work/signed"
    printf 'signature %s\n' "$(sign "$work/signed")"
  } >"$work/request"
  ask enrol application/vnd.closeout.enrolment "$work/request"
  case $answer in
    'closeout enrolled') ;;
    *) refused ;;
  esac
  keep id "${token%%.*}"
  printf '%s' "$public" | openssl base64 -d -A >"$work/public.der"
  printf 'closeout-agent: enrolled as %s with the key SHA-256 %s\n' "${token%%.*}" "$(sha256 "$work/public.der")"
}

# A client that was built without pinning would take any server: so it is shown one whose key is sure to be wrong.
try() {
  start_work
  : >"$work/nothing"
  right=$pin
  pin=$wrong_pin
  ended=0
  send try text/plain "$work/nothing" || ended=$?
  pin=$right
  case $ended in
    90 | 5) ;;
    0 | 8) stop 69 'the curl or wget of this host does not hold to a pinned key, so it cannot tell the server from another' ;;
    *) stop 75 "the server at $url was not reached (the client ended with $ended)" ;;
  esac
}

main() {
  load_settings
  case ${1:-} in
    run) run ;;
    enrol) enrol ;;
    try) try ;;
    *) stop 69 'say what: run, enrol or try' ;;
  esac
}

main "$@"
