"""Keys at rest: certificates that servers use and when they end, private keys and keytabs and who may read them, LUKS volumes."""

from datetime import UTC, date, datetime
from typing import Any

from collector.aging import Aging
from collector.facts import Fact, Unknown, Value
from collector.linux.shown import addressable, said
from collector.probe import Frames, Probe, Source

# Only paths, modes and dates are printed; of a private key nothing else is read.
KEYS = Source(
    "keys",
    r"""
all=''
for file in /etc/nginx/nginx.conf /etc/nginx/conf.d/*.conf /etc/nginx/sites-enabled/* /etc/apache2/sites-enabled/* \
  /etc/apache2/conf-enabled/*.conf /etc/apache2/vhosts.d/*.conf /etc/httpd/conf/httpd.conf /etc/httpd/conf.d/*.conf /etc/postfix/main.cf \
  /etc/dovecot/dovecot.conf /etc/dovecot/conf.d/*.conf /etc/haproxy/haproxy.cfg /etc/vsftpd.conf /etc/vsftpd/vsftpd.conf \
  /etc/openldap/slapd.conf /etc/stunnel/*.conf \
  /etc/rsyslog.conf /etc/rsyslog.d/*.conf /etc/postgresql/*/*/postgresql.conf /var/lib/pgsql/data/postgresql.conf /etc/mysql/my.cnf \
  /etc/mysql/mariadb.conf.d/*.cnf /etc/my.cnf /etc/my.cnf.d/*.cnf /etc/xrdp/xrdp.ini; do
  case $file in *"$nl"*) continue ;; esac
  if [ -f "$file" ] && [ -r "$file" ]; then all="$all$nl$file"
  elif [ -f "$file" ] || out_of_sight "$file" || unlisted "$file"; then echo "hidden $file"
  fi
done
for folder in /etc/ssl/private /etc/pki/tls/private /etc/cockpit/ws-certs.d; do
  if [ -d "$folder" ] && { [ ! -r "$folder" ] || [ ! -x "$folder" ]; }; then echo "hidden $folder"; fi
done
IFS=$nl
named=$([ -z "$all" ] || awk '
  /^[ \t]*[#;]/ { next }
  {
    line = $0; gsub(/[;"\047<]/, " ", line); gsub(/=/, " ", line); $0 = line; word = tolower($1)
    if (word ~ /^(ssl_certificate|sslcertificatefile|smtpd_tls_cert_file|ssl_cert|rsa_cert_file|tlscertificatefile|cert)$/) kind = "cert"
    else if (word ~ /^(ssl_server_cert_file|ssl_cert_file|ssl-cert|certificate|[$]defaultnetstreamdrivercertfile)$/) kind = "cert"
    else if (word ~ /^(ssl_certificate_key|sslcertificatekeyfile|smtpd_tls_key_file|ssl_key|rsa_private_key_file|key)$/) kind = "key"
    else if (word ~ /^(ssl_server_key_file|tlscertificatekeyfile|ssl_key_file|ssl-key|key_file)$/) kind = "key"
    else if (word == "$defaultnetstreamdriverkeyfile") kind = "key"
    else if (word == "smtpd_tls_chain_files") kind = "both"
    else if (word == "bind") { kind = ""; for (i = 2; i < NF; i++) if ($i == "crt" && $(i + 1) ~ /^\//) print "both " $(i + 1); next }
    else next
    if ($2 ~ /^\/[^$]*$/ && ++seen[kind $2] == 1 && ++count <= 200) print kind " " $2
  }' $all)
set -f; set --; certs=''; number=0
for line in $named; do
  case $line in cert\ * | both\ *) certs="$certs$nl${line#* }" ;; esac
  case $line in
    key\ * | both\ *)
      if [ -e "${line#* }" ]; then set -- "$@" "${line#* }"; elif out_of_sight "${line#* }"; then echo "hidden ${line#* }"; fi ;;
  esac
done
set +f
for file in /etc/ssl/private/* /etc/pki/tls/private/* /etc/*.keytab /etc/httpd/*.keytab /etc/apache2/*.keytab \
  /etc/cockpit/ws-certs.d/*.key; do
  if [ -f "$file" ]; then case $file in *"$nl"*) ;; *) set -- "$@" "$file" ;; esac; fi
done
for file in /etc/cockpit/ws-certs.d/*.cert /etc/cockpit/ws-certs.d/*.crt; do if [ -f "$file" ]; then certs="$certs$nl$file"; fi; done
set -f
if [ $# -gt 0 ]; then stat -L -c 'file %a %U %G %n' "$@"; fi
for file in $certs; do
  number=$((number + 1))
  if [ $number -gt 20 ]; then echo "cut $file"; continue; fi
  if [ ! -r "$file" ] && { [ -e "$file" ] || out_of_sight "$file"; }; then echo "hidden $file"
  elif [ ! -e "$file" ]; then echo "missing $file"
  elif have openssl; then
    end=$(openssl x509 -noout -enddate -in "$file") && echo "end ${end#notAfter=}|$file" || echo "odd $file"
  else echo "unread $file"
  fi
done
""",
)
# Of a mapped volume only its kind, cipher and key size are printed: the key itself is never asked for.
LUKS = Source(
    "keys.luks",
    r"""
if [ -f /etc/crypttab ] && [ ! -r /etc/crypttab ]; then echo 'hidden /etc/crypttab'; fi
if [ -r /etc/crypttab ]; then
  awk '!/^[ \t]*#/ && NF >= 2 { key = $3 == "" ? "none" : $3; print "tab " $1 " " $2 " " key " " $4 }' /etc/crypttab |
  while read -r word name device key options; do
    case $key in
      none | -) kind=asked ;; /dev/urandom | /dev/random | /dev/hw_random) kind=random ;; /*) kind=file ;; *) kind=other ;;
    esac
    case $options in *tpm2-device=*) kind=tpm2 ;; *pkcs11-uri=*) kind=pkcs11 ;; *fido2-device=*) kind=fido2 ;; esac
    echo "$word $name $kind $device"
    if [ "$kind" = file ]; then
      if [ -e "$key" ]; then stat -L -c "key $name %a %U %n" "$key"
      elif out_of_sight "$key"; then echo "hidden $key"
      else echo "lost $name"; fi
    fi
  done
fi
if [ ! -d /sys/class/block ]; then echo 'unseen'; fi
for path in /sys/class/block/dm-*/dm; do
  [ -r "$path/uuid" ] || continue
  read -r uuid <"$path/uuid"; read -r name <"$path/name"
  case $uuid in CRYPT-*) ;; *) continue ;; esac
  kind=${uuid#CRYPT-}
  echo "volume $name ${kind%%-*}"
  if have cryptsetup; then
    cryptsetup status "$name" |
      awk -v name="$name" '$1 ~ /^(cipher:|keysize:)$/ { print "detail " name " " $1 " " $2 }' || echo "dumb $name"
  fi
done
""",
)
_SSL_GROUPS = ("root", "ssl-cert")


def parse_files(frames: Frames) -> dict[str, Any]:
    """{"certificates": {"/etc/pki/x.crt": {"not_after": "2027-03-01"}}, "files": {...}, "open": [], ...}"""
    own = [line.split(" ", 1) for line in frames.text(KEYS).splitlines() if line]
    hidden = said(own, "hidden")
    files = {}
    for mode, owner, group, path in (line.split(" ", 3) for line in said(own, "file")):
        if addressable(path):
            files[path] = {"mode": f"{int(mode, 8):04o}", "owner": owner, "group": group}
    if hidden:
        unseen = Unknown(f"{hidden[0]}: permission denied; collect as root or with sudo")
        return dict.fromkeys(("certificates", "names", "missing", "not_read", "files", "open", "not_roots"), unseen)
    return {
        "certificates": (certificates := _certificates(own)),
        "names": sorted(certificates),
        "missing": sorted({*said(own, "missing")}),
        "not_read": sorted({*said(own, "odd"), *said(own, "unread"), *said(own, "cut")}),
        "files": files,
        "open": sorted(path for path, one in files.items() if _open(int(one["mode"], 8), one["group"])),
        "not_roots": sorted(path for path, one in files.items() if one["owner"] != "root"),
    }


def _open(mode: int, group: str) -> bool:
    """True when others may do anything with it, the group may write it, or a group that is not the keys' own may read it."""
    return bool(mode & 0o027) or (bool(mode & 0o040) and group not in _SSL_GROUPS)


def _certificates(own: list[list[str]]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for line in said(own, "end"):
        text, _, path = line.partition("|")
        if addressable(path):
            end = _date(text)
            found[path] = {"not_after": end.isoformat() if isinstance(end, date) else end}
    return found


def _date(text: str) -> date | Unknown:
    try:
        return datetime.strptime(text.removesuffix(" GMT"), "%b %d %H:%M:%S %Y").replace(tzinfo=UTC).date()
    except ValueError:
        return Unknown(f"keys: openssl gave {text[:40]!r} as a date")


def derive(aging: Aging) -> None:
    """How long each certificate is still good."""
    aging.fill("certificates.*.days_left", until="not_after")


def parse_luks(frames: Frames) -> dict[str, Any]:
    """{"volumes": {"root": {"kind": "LUKS2", "cipher": "aes-xts-plain64", "key_bits": 512}}, "crypttab": {...}, "open_key_files": []}"""
    own = [line.split(" ", 1) for line in frames.text(LUKS).splitlines() if line]
    volumes: dict[str, dict[str, Value]] = {}
    for name, _, kind in (line.partition(" ") for line in said(own, "volume")):
        unasked = Unknown("cryptsetup is not installed or did not answer")
        volumes[name] = {"kind": kind, "cipher": unasked, "key_bits": unasked}
    for name, key, value in (line.split(" ", 2) for line in said(own, "detail")):
        if key == "cipher:":
            volumes[name]["cipher"] = value
        elif value.isdecimal():
            volumes[name]["key_bits"] = int(value)
    if ["unseen"] in own:
        unseen = Unknown("/sys/class/block is not there, so what is open now cannot be told")
        return {"volumes": unseen, "names": unseen} | _crypttab(own)
    return {"volumes": {name: one for name, one in volumes.items() if addressable(name)}, "names": sorted(volumes)} | _crypttab(own)


def _crypttab(own: list[list[str]]) -> dict[str, Any]:
    hidden = said(own, "hidden")
    if hidden:
        unseen = Unknown(f"{hidden[0]}: permission denied; collect as root or with sudo")
        return dict.fromkeys(("crypttab", "key_files", "open_key_files"), unseen)
    entries = [line.split(" ", 2) for line in said(own, "tab")]
    keys = [line.split(" ", 3) for line in said(own, "key")]
    return {
        "crypttab": {name: {"unlocked_by": kind, "device": device} for name, kind, device in entries if addressable(name)},
        "key_files": sorted(path for _, _, _, path in keys),
        "open_key_files": sorted(path for _, mode, owner, path in keys if int(mode, 8) & 0o077 or owner != "root"),
        "lost_key_files": sorted(said(own, "lost")),
    }


PROBES = (
    Probe(
        name="keys",
        sources=(KEYS,),
        facts=(
            Fact("certificates.*.not_after", "string", "last day of a certificate that a server's configuration names, YYYY-MM-DD"),
            Fact("certificates.*.days_left", "integer", "days until then; below zero, it ended"),
            Fact("names", "strings", "certificates that were read: the members of certificates"),
            Fact("missing", "strings", "certificates that are named and are not there"),
            Fact("not_read", "strings", "those that are no certificate, or more than the twenty that are read"),
            Fact("files.*.mode", "string", "mode of a private key or keytab in four octal digits"),
            Fact("files.*.owner", "string", "its owner"),
            Fact("files.*.group", "string", "its group"),
            Fact("open", "strings", "private keys and keytabs open to others, or to a group that is neither root nor ssl-cert"),
            Fact("not_roots", "strings", "those that root does not own"),
        ),
        parse=parse_files,
        derive=derive,
        version=2,
    ),
    Probe(
        name="luks",
        sources=(LUKS,),
        facts=(
            Fact("names", "strings", "encrypted volumes that are open now"),
            Fact("volumes.*.kind", "string", "LUKS1, LUKS2, PLAIN, BITLK, VERITY ..."),
            Fact("volumes.*.cipher", "string", "its cipher and mode"),
            Fact("volumes.*.key_bits", "integer", "length of its key; XTS uses half of it for each of two keys"),
            Fact("crypttab.*.unlocked_by", "string", "how it is opened at boot: asked, file, random, tpm2, pkcs11, fido2, other"),
            Fact("crypttab.*.device", "string", "the device below"),
            Fact("key_files", "strings", "key files of crypttab that are there"),
            Fact("open_key_files", "strings", "key files of crypttab that others than root may read"),
            Fact("lost_key_files", "strings", "volumes of crypttab whose key file is not there"),
        ),
        parse=parse_luks,
    ),
)
