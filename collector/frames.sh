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

# together NAME NATURE SECONDS SNIPPET...: one frame after another; which one is being made is told on descriptor 5.
together() {
  while [ $# -gt 0 ]; do
    echo "$1" >&5
    frame "$1" "$2" inside "$4"
    shift 4
  done
}
inside() (
  snippet=$1
  set --
  eval "$snippet"
)
