# Functions that the snippets may use. POSIX sh; nothing here writes to the host.
nl='
'
# `command -v` would want a process of its own for every name: script.sh sets PATH to these folders.
have() {
  for place in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin; do
    if [ -f "$place/$1" ] && [ -x "$place/$1" ]; then return 0; fi
  done
  return 1
}
need() { have "$1" || exit 69; }
out_of_sight() { [ -d "${1%/*}" ] && [ ! -x "${1%/*}" ]; }
unlisted() { [ -d "${1%/*}" ] && [ ! -r "${1%/*}" ]; }

# show FILE...: state, mode, owner and content of each file. A line of content starts with ":", so that no content
# can pass for a head. At most 20000 lines of a file are printed, and "@cut" says so.
plain='' # a pattern: what it matches at the start of a line is all that is shown of the line
show() {
  readable=''
  for f in "$@"; do
    case $f in
      *"$nl"* | *'|'*) echo "@unreadable $(printf '%s' "$f" | tr '\n|' '??')"; continue ;;
    esac
    if [ -d "$f" ]; then echo "@directory $f"
    elif [ -f "$f" ] && [ -r "$f" ]; then readable="$readable|$f"
    elif [ -f "$f" ] || out_of_sight "$f"; then echo "@unreadable $f"
    elif [ -e "$f" ]; then echo "@odd $f"
    else
      case $f in
        *\**) if unlisted "$f"; then echo "@unreadable $f"; fi ;;
        *) echo "@missing $f" ;;
      esac
    fi
  done
  [ -n "$readable" ] || return 0
  (
    IFS='|'; set -f
    set -- ${readable#?}
    stat -L -c '@stat %a %u %g %s %n' "$@"
    exec awk -v plain="$plain" 'FNR == 1 { print "@text " FILENAME }
         FNR <= 20000 { print ":" (plain && match($0, plain) ? substr($0, 1, RLENGTH) : $0) }
         FNR == 20001 { print "@cut " FILENAME }' "$@"
  )
}

# show_settings FILE...: the same, but comments lose their text: passwords are left in comments, and no setting is.
show_settings() { plain='^[ \t\r\f\v]*[#;]'; show "$@"; plain=''; }
# only PATTERN: of what show prints, the heads and the lines of content in which awk finds the pattern.
only() { awk -v wanted="$1" '!/^:/ || substr($0, 2) ~ wanted'; }
