#!/bin/sh
# closeout @COLLECTOR@: collects configuration facts of this host. It only reads, needs root to see all, installs nothing
# and leaves nothing behind. Run it as `sh FILE > BUNDLE`; what it prints is one bundle.
nl='
'
prelude=@PRELUDE@
frames=@FRAMES@
# Whatever a snippet prints passes here: password hashes and passwords in URLs stay on the host.
reduce='s/\$\([1-7]\)\$[^:"[:space:]]\{8,\}/$\1$(hidden)/g
s/\$\(2[abxy]\)\$[^:"[:space:]]\{8,\}/$\1$(hidden)/g
s/\$\(g\{0,1\}y\)\$[^:"[:space:]]\{8,\}/$\1$(hidden)/g
s/\$\(sha1\)\$[^:"[:space:]]\{8,\}/$\1$(hidden)/g
s/\$\(argon2[a-z]*\)\$[^:"[:space:]]\{8,\}/$\1$(hidden)/g
s/\$\(apr1\)\$[^:"[:space:]]\{8,\}/$\1$(hidden)/g
s/grub\.pbkdf2\.[^"[:space:]]*/grub.pbkdf2.(hidden)/g
s,\([A-Za-z]://\)[^/"[:space:]]*@,\1(hidden)@,g'

# collect NAME NATURE SECONDS SNIPPET...: frames of one shell under one clock, because a clock for each costs more than most of
# what it watches. What the clock cuts short is begun again, alone and under its own.
collect() {
  while [ $# -gt 0 ]; do
    if new_mark; then
      at=$({ watched "$@" | prefixed >&3; } 5>&1)
      at=${at##*"$nl"}
      case $at in
        .) return ;;
        ?*)
          while [ "$1" != "$at" ]; do shift 4; done
          echo
          echo "again $1"
          ;;
      esac
    fi
    alone "$1" "$2" "$3" "$4"
    shift 4
  done
}
# A shell that was killed cannot end what it started, so these look whether the shell still lives before each step.
go_on() { kill -0 $$ || exit; }
new_mark() { [ -d /proc/self/fd ] && [ -r /proc/sys/kernel/random/uuid ] && read -r mark </proc/sys/kernel/random/uuid; }
watched() {
  closeout_mark=$mark
  closeout_main=$$
  export closeout_mark closeout_main
  $input ${limit}@SECONDS@ sh -c "$prelude$frames$nl"'together "$@"' sh "$@" 3>&-
}

# alone NAME NATURE SECONDS SNIPPET: one frame in a shell and under a clock of its own.
alone() {
  go_on
  frame "$1" "$2" $input $limit"$3" sh -c "$prelude$4"
}

main() {
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  LC_ALL=C
  export PATH LC_ALL
  case $(command -v sed) in '') echo 'closeout: this host has no sed, so nothing can be collected' >&2; exit 69 ;; esac
  bundle | sed "$reduce"
}

bundle() {
  umask 077
  unset IFS
  eval "$frames"
  exec 3>&1
  input=without_input
  if [ -c /dev/null ]; then input=empty_input; fi
  limit='unlimited '
  case $(command -v timeout) in
    ?*)
      limit='timeout -k 2 '
      case $(command -v nice) in ?*) limit="nice -n 5 $limit" ;; esac
      ;;
  esac
  echo 'closeout-bundle 1'
  echo 'collector @COLLECTOR@'
  echo 'script @SCRIPT-DIGEST@'
  echo 'platform linux'
@RUNS@
  echo 'finish @COUNT@'
}

empty_input() { "$@" </dev/null; }
without_input() { "$@" <&-; }
unlimited() { shift; "$@"; }

main
