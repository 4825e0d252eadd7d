# Functions that make frames. The lines of a private key stay on the host.
keys='/-----BEGIN [A-Z ]*PRIVATE KEY-----/,/-----END [A-Z ]*PRIVATE KEY-----/s/[^:].*/(hidden)/'

# frame NAME NATURE COMMAND...: what a command prints, as one frame. Every line is prefixed, so that no content can pass for a mark.
frame() {
  frame=$1
  printf '%s\n' "begin $1${2:+ $2}"
  shift 2
  report=$(
    {
      {
        "$@" 3>&- 4>&- 5>&-
        echo "exit $?" >&4
      } 2>&4 | sed "$keys$nl"'s/^/|/' >&3 4>&- 5>&-
    } 4>&1
  )
  echo
  case $report in
    'exit '*) ;;
    *) printf '%s\n' "${report%exit *}" | sed "$keys$nl"'/^$/d; s/^/!/' ;;
  esac
  echo "end $frame ${report##*exit }"
}

# together NAME NATURE SECONDS SNIPPET...: one frame after another, for `prefixed` to read; which one is being made is told on
# descriptor 5, and a dot at the end of all. The mark is taken out of the environment before anything runs that could tell it.
together() {
  mark=$closeout_mark
  main=$closeout_main
  unset closeout_mark closeout_main
  exec 6>&1
  while [ $# -gt 0 ]; do
    kill -0 "$main" || exit
    echo "$1" >&5
    printf '%s\n' "${mark}begin $1${2:+ $2}"
    snippet=$4
    report=$(
      exec 2>&1 >&6 5>&- 6>&-
      set --
      eval "$snippet"
    )
    ended=$?
    printf '\n%s\n' "$mark."
    case $report in ?*) printf '%s\n' "$report" ;; esac
    printf '%s\n' "${mark}end $1 $ended"
    shift 4
  done
  echo . >&5
}

# prefixed: puts a prefix before every line that does not begin with the mark, which is random and never part of a command line, so
# that nobody whose text is read here can know it. One sed for all frames, because one for each costs more than most of what it reads.
# The hold space says where we are: k within a private key, e behind the output, where errors follow.
prefixed() {
  exec 7</proc/self/fd/0 # not by <&0: bash that reads its script from there ends by a fault of its own
  printf '%s\n' "/^$mark\\.\$/{" x 's/.*/e/' x d '}' \
    "/^$mark/{" "s/^$mark//" x 's/.*//' x b '}' \
    '/^$/{' x '/e/{' x d '}' x N "/^\\n$mark\\.\$/{" 's/.*//' x 's/.*/e/' x b '}' 's/^/|/' P D '}' \
    x '/k/{' x '/-----END [A-Z ]*PRIVATE KEY-----/{' x 's/k//' x '}' 's/[^:].*/(hidden)/' 'b prefix' '}' x \
    '/-----BEGIN [A-Z ]*PRIVATE KEY-----/{' x 's/^/k/' x 's/[^:].*/(hidden)/' '}' \
    ': prefix' x '/e/{' x 's/^/!/' b '}' x 's/^/|/' | sed -f /proc/self/fd/0 /proc/self/fd/7
}
