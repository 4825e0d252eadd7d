"""No secret of a host stands in its bundle: they are planted where administrators leave them, and looked for in what comes back."""

import re
from pathlib import Path

import pytest

from collector.bundle import read_bundle
from collector.catalog import probes, sources
from collector.linux import logging, pam, sshd, sudoers
from collector.read import read_facts
from collector.script import build_script
from tests.support.host import Host

HASH = "SECRETshadow0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ./0123456789"
KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nSECRETkeybody\nSECRETkeymore\n-----END OPENSSH PRIVATE KEY-----\n"
UNIT = '[Service]\nEnvironment="TOKEN=SECRETunit" "http_proxy=http://u:SECRETunitproxy@p:3128"\nExecStart=/sbin/auditd\n'
APPENDED = {
    "/etc/passwd": f"oldhash:$6$SECRETsalt$SECRETpasswd{HASH}:4001:4001:SECRETgecos:/home/o:/bin/sh\n",
    "/etc/shadow": f"planted:$6$SECRETsalt${HASH}:19000:0:99999:7:::\nbad line $y$j9T$SECRETodd{HASH}\n$6$a$SECRETfirst{HASH}::::::::\n"
    "des:SECRETab12345:19000::::::\nlocked:!$2b$12$SECRETbcrypt0123456789:19000::::::\n",
    "/etc/group": f"oldgroup:$1$SECRETgroup${HASH}:4001:\n",
    "/etc/gshadow": f"sudo:$6$SECRETgshadow${HASH}::\n",
    "/etc/security/opasswd": f"root:0:1:$6$SECRETopasswd${HASH}\n",
    "/etc/sudoers": "# root's password is SECRETsudoers\nDefaults env_reset # SECRETinline\n",
    "/etc/ssh/sshd_config": "# SECRETsshdcomment\nSetEnv API_TOKEN=SECRETsetenv\n",
    "/etc/fstab": "# user scan, SECRETfstabcomment\n//nas/x /mnt cifs user=u,password=SECRETcifs,password2=SECRETcifs2,noauto 0 0\n"
    "mon:/ /ceph ceph name=admin,secret=SECRETceph,noauto 0 0\ncurlftpfs#u:SECRETftp@h /f fuse noauto 0 0\n"
    "https://u:SECRETdav@dav/ /d davfs noauto 0 0\n",
    "/etc/profile": "export http_proxy=http://u:SECRETprofileproxy@p:3128\nexport TOKEN=SECRETprofile\n",
    "/etc/environment": "TOKEN=SECRETenvironment\nhttps_proxy=http://u:SECRETenvproxy@p:3128\n",
    "/etc/login.defs": "# SECRETlogindefs\n",
    "/etc/sysctl.conf": "# SECRETsysctl\nnet.ipv4.tcp_fastopen_key = SECRETtfo\n",
    "/etc/audit/auditd.conf": "# SECRETauditd\n",
    "/etc/pam.d/login": "auth optional pam_mysql.so user=u passwd=SECRETpam\nauth optional pam_yubico.so id=1 key=SECRETyubi\n"
    "# SECRETpamcomment\n",
    "/etc/rsyslog.conf": """
# SECRETrsyslogcomment
$ActionLibdbiPassword SECRETlibdbi
*.* :ommysql:db,logs,u,SECRETommysql
*.* >db,logs,u,SECRETlegacymysql;t
action(type="ommysql" server="db" uid="u" PASSWORD="SECRETupper" pwd="SECRETpwd")
action(type="omhttp" server="h" httpheaders=["Authorization: Bearer SECRETbearer"] uid="u"
  apikey="SECRETapi" httpheadervalue="SECRETheader")
action(type="omkafka" confParam=["sasl.password=SECREThafka"])
action(type="ommongodb" uristr="mongodb://u:SECRETmongo@h/")
action(type="omfwd" target="logs.example.mil" port="6514" protocol="tcp" StreamDriverMode="1")
""",
}
WRITTEN = {
    "/etc/libuser.conf": "[ldap]\nuser = u\npassword = SECRETlibuser\n",
    "/etc/krb5.keytab": "SECRETkeytab\n",
    "/etc/chrony.keys": "1 SHA1 HEX:SECRETchronykey\n",
    "/etc/chrony/chrony.keys": "1 SHA1 HEX:SECRETchronykey\n",
    "/etc/ntp.conf": "server time.example.mil\ncrypto pw SECRETntp\n# SECRETntpcomment\n",
    "/etc/ssh/ssh_host_planted_key": KEY,
    "/root/.ssh/id_ed25519": KEY,
    "/etc/sudoers.d/key": f"# notes\n# {KEY.splitlines()[0]}\n# SECRETpastedkey\n# {KEY.splitlines()[3]}\n",
    "/etc/motd": KEY,
    "/boot/grub/grub.cfg": "password_pbkdf2 root grub.pbkdf2.sha512.10000.SECRETgrub\n"
    "linux /vmlinuz audit=1 rd.iscsi.password=SECRETgrubline\n",
    "/boot/grub/user.cfg": "GRUB2_PASSWORD=grub.pbkdf2.sha512.10000.SECRETusercfg\n",
    "/etc/default/grub": 'GRUB_CMDLINE_LINUX="audit=1 rd.iscsi.password=SECRETdefaultgrub"\n',
    "/etc/apt/sources.list": "deb https://u:SECRETapt@repo/debian stable main\n# deb https://u:SECRETaptcomment@repo/ stable main\n",
    "/etc/apt/sources.list.d/x.sources": "Types: deb\nURIs: https://u:SECRET@SECRETapt822@repo/debian\nSuites: stable\nComponents: main\n",
    "/etc/apt/apt.conf.d/99proxy": 'Acquire::http::Proxy "http://u:SECRETaptproxy@p:3128";\n',
    "/etc/apt/auth.conf": "machine repo login u password SECRETaptauth\n",
    "/etc/dnf/dnf.conf": "[main]\ngpgcheck=1\nproxy=http://p\nproxy_password=SECRETdnfproxy\n",
    "/etc/yum.repos.d/x.repo": "[x]\nbaseurl=https://u:SECRETrepo@h/\npassword=SECRETrepopassword\n",
    "/etc/dnf/automatic.conf": "[commands]\napply_updates = yes\n[command]\ncommand_format = send --password SECRETautomatic\n",
    "/etc/NetworkManager/system-connections/w.nmconnection": "[wifi-security]\npsk=SECRETwifi\n",
    "/etc/wpa_supplicant/wpa_supplicant.conf": 'network={\n psk="SECRETwpa"\n}\n',
    "/etc/snmp/snmpd.conf": "rocommunity SECRETsnmp\n",
    "/etc/systemd/system.conf.d/x.conf": "[Manager]\nDefaultEnvironment=A=1 \\\n  TOKEN=SECRETmanager\n",
    "/etc/systemd/system/auditd.service.d/x.conf": UNIT,
    "/etc/systemd/system/planted.service": UNIT,
    "/etc/systemd/system/mnt.mount": "[Mount]\nWhat=//nas/x\nWhere=/mnt\nEnvironment=TOKEN=SECRETmount\n"
    "Options=password=SECRETmountoption\n",
    "/etc/systemd/journal-upload.conf": "[Upload]\nURL=https://u:SECRETjournal@logs.example.mil\n",
    "/etc/audisp/audisp-remote.conf": "krb5_key = SECRETaudisp\n",
    "/etc/profile.d/x.sh": "AWS_SECRET_ACCESS_KEY=SECRETaws; export AWS_SECRET_ACCESS_KEY\nTMOUT=600\n",
    "/etc/inetd.conf": "x stream tcp nowait root /usr/sbin/x x --token SECRETinetd\n",
    "/etc/xinetd.d/x": "service x\n{\n env = TOKEN=SECRETxinetd\n server_args = --token SECRETxinetdargs\n}\n",
    "/etc/tmux.conf": "set-environment -g TOKEN SECRETtmux\nset -g lock-after-time 900\n",
    "/etc/aide/aide.conf": "database_in=https://u:SECRETaide@h/aide.db\n",
    "/etc/cron.d/x": "0 0 * * * root aide --token SECRETcron\n",
    "/etc/crypttab": "data /dev/sdb1 /etc/keys/data.key luks\nswap /dev/sdb2 /dev/urandom swap\nold /dev/sdb3 SECRETcrypttab luks\n"
    "tang UUID=1 none luks,header=/boot/h\n# passphrase SECRETcrypttabcomment\n",
    "/etc/keys/data.key": "SECRETluks\n",
    "/etc/samba/smb.conf": "[global]\nsmb encrypt = required\n# SECRETsmbcomment\nldap admin dn = cn=SECRETldapdn\n"
    "passdb backend = ldapsam:ldap://u:SECRETldapsam@h\nadd user script = /x --token SECRETsmbscript\n[s]\npath = /s\n",
    "/etc/samba/smbpasswd": "u:1:SECRETlmhash:SECRETnthash:[U]:LCT-1:\n",
    "/etc/samba/credentials": "username=u\npassword=SECRETsmbcred\n",
    "/etc/exports": "/srv *(ro) # SECRETexports\n",
    "/etc/snmp/snmpd.local.conf": "com2sec -Cn ctx SECRETctx SECRETcommunity\ncom2sec a default SECRETcom2sec\n"
    "rwcommunity6 SECRETrw6 ::/0\n"
    'createUser u SHA "SECRETsnmpauth" AES SECRETsnmppriv\ntrap2sink h SECRETtrap\nproxy -v 2c -c SECRETproxy h .1\n',
    "/var/lib/snmp/snmpd.conf": "usmUser 1 3 0x80 0x75 0x75 NULL .1 0xSECRETusm .1 0xSECRETusmpriv 0x\n",
    "/etc/rsyslog.d/tls.conf": 'global(DefaultNetstreamDriverKeyFile="/etc/rsyslog.key")\n'
    'input(type="imrelp" port="1" tls="on" tls.myprivkey="/etc/k" keypass="SECRETrelp")\n',
    "/etc/rsyslog.key": KEY,
    "/etc/ssl/private/web.key": KEY.replace("OPENSSH", "EC"),
    "/etc/nginx/nginx.conf": "ssl_certificate /etc/ssl/w.pem;\n"
    "ssl_certificate_key /etc/ssl/private/web.key;\nssl_password_file SECRETnginxfile;\n"
    'proxy_set_header Authorization "Basic SECRETbasic";\n',
    "/etc/ssl/w.pem": KEY,
    "/etc/postgresql/15/main/postgresql.conf": "ssl_passphrase_command = 'echo SECRETpg'\nssl_cert_file = '/etc/ssl/w.pem'\n",
    "/etc/mysql/my.cnf": "[client]\npassword = SECRETmysql\n[mysqld]\nssl_cert=/etc/ssl/w.pem\n",
    "/etc/postfix/main.cf": "smtp_sasl_password_maps = static:u:SECRETsasl\nsmtpd_tls_cert_file=/etc/ssl/w.pem\n",
    "/etc/stunnel/x.conf": "cert = /etc/ssl/w.pem\nPSKsecrets = SECRETpskfile\nprotocolPassword = SECRETstunnel\n",
    "/etc/wireguard/wg0.conf": "[Interface]\nPrivateKey = SECRETwireguard\n[Peer]\nPresharedKey = SECRETwgpsk\nAllowedIPs = 0.0.0.0/0\n"
    "Endpoint = SECRETendpoint:1\n",
    "/etc/openvpn/client/c.conf": "client\nredirect-gateway def1\nauth-user-pass SECRETovpn\nhttp-proxy-user-pass SECRETovpnproxy\n"
    f"<key>\n{KEY}</key>\n<tls-auth>\nSECRETtlsauth\n</tls-auth>\n",
    "/etc/NetworkManager/system-connections/v.nmconnection": "[connection]\nid=v\ntype=vpn\n"
    "[vpn]\nservice-type=x\nuser-name=SECRETvpnuser\n"
    "[vpn-secrets]\npassword=SECRETvpn\n[802-1x]\neap=tls\nprivate-key-password=SECRET8021x\npassword=SECRETeap\n",
    "/var/lib/iwd/home.psk": "[Security]\nPreSharedKey=SECRETiwd\nPassphrase=SECRETiwdphrase\n",
    "/etc/sysconfig/network-scripts/ifcfg-w": 'TYPE=Wireless\nKEY_MGMT=WPA-PSK\nWPA_PSK="SECRETifcfg"\n'
    "IEEE_8021X_PASSWORD=SECRETifcfg8021x\n",
    "/etc/cron.d/backup": "0 1 * * * root RESTIC_PASSWORD=SECRETrestic restic -r s3:x backup /\n"
    "0 2 * * * root borg create SECRETborg::a /\n"
    "0 3 * * * root rsync --password-file=SECRETrsync /\n",
    "/etc/systemd/system/restic.service": "[Service]\nEnvironment=RESTIC_PASSWORD=SECRETresticunit\n"
    "ExecStart=/usr/bin/restic --password-command 'echo SECRETresticexec' backup /\n",
    "/etc/bacula/bacula-fd.conf": 'Director {\n Password = "SECRETbacula"\n}\nPKI Encryption = yes\nPKI Keypair = "SECRETpki"\n',
    "/etc/burp/burp.conf": "password = SECRETburp\nencryption_password = SECRETburpencryption\n",
    "/etc/docker/daemon.json": '{"hosts":["tcp://0.0.0.0:2375"],"proxies":{"http-proxy":"http://u:SECRETdockerproxy@p"},"log-opts":'
    '{"splunk-token":"SECRETsplunk"},"tlsverify":true}\n',
    "/root/.docker/config.json": '{"auths":{"r":{"auth":"SECRETdockerauth"}}}\n',
    "/root/.netrc": "machine h login u password SECRETnetrc\n",
    "/root/.pgpass": "h:1:d:u:SECRETpgpass\n",
    "/root/.aws/credentials": "[default]\naws_secret_access_key = SECRETawsfile\n",
    "/root/.bash_history": "mysql -pSECREThistory\n",
    "/etc/usbguard/rules.conf": 'allow id 1:2 serial "SECRETserial" name "x" hash "SECRETusbhash"\n',
    "/etc/security/faillock.conf": "# SECRETfaillock\ndeny = 3\n",
    "/etc/security/limits.d/x.conf": "# SECRETlimits\n* hard core 0\n",
    "/etc/modprobe.d/x.conf": "# SECRETmodprobe\noptions x token=SECRETmodoption\ninstall usb-storage /bin/true\n",
    "/etc/dconf/db/local.d/x": "[org/gnome/desktop/session]\nidle-delay=uint32 900\n[x]\npassword='SECRETdconf'\n# SECRETdconfcomment\n",
    "/etc/gdm3/custom.conf": "[daemon]\n# SECRETgdm\nAutomaticLoginEnable=false\n[x]\nToken=SECRETgdmtoken\n",
    "/etc/logrotate.conf": "# SECRETlogrotate\n/x {\n postrotate\n curl -H SECRETpostrotate h\n endscript\n}\n",
    "/etc/chrony/conf.d/x.conf": "server h key 1\n# SECRETchrony\n",
    "/etc/environment.d/x.conf": "TOKEN=SECRETenvironmentd\n",
    "/etc/default/useradd": "# SECRETuseradd\nSHELL=/bin/sh\n",
    "/etc/security/pwquality.conf": "# SECRETpwquality\nminlen = 15\n",
    "/etc/ssh/ssh_config": "# SECRETsshclient\nHost *\n SetEnv TOKEN=SECRETsshenv\n ProxyCommand nc -P SECRETproxycommand %h\n",
    "/etc/securetty": "tty1\n# SECRETsecuretty\n",
    "/etc/nftables.conf": "# SECRETnft\ntable inet f { chain i { type filter hook input priority 0; } }\n",
    "/etc/hosts.allow": "ALL: ALL # SECREThostsallow\n",
    "/etc/ufw/ufw.conf": "# SECRETufw\nENABLED=no\n",
    "/etc/audit/rules.d/x.rules": "# SECRETauditrules\n-w /etc/shadow -p wa -k shadow\n",
    "/etc/issue": "Authorized use only\n",
    "/etc/ssl/openssl.cnf": "[req]\ninput_password = SECRETopenssl\nOUTPUT_PASSWORD = SECRETopensslupper\nPIN = SECRETpin\n",
}
COMMAND_LINE = (
    "audit=1 rd.iscsi.password=SECRETiscsi cifspass=SECRETcifsroot inst.ks=http://u:SECRETkickstart@h/ks "
    "systemd.setenv=TOKEN=SECRETkernelenv systemd.set_credential=a:SECRETcredential netroot=iscsi:u:SECRETnetroot@h::::x\n"
)
# What a hash, a private key or the token of a service looks like.
SECRET_LIKE = re.compile(
    r"\$(1|5|6|7|y|gy|2[abxy]|sha1|apr1|argon2[a-z]*)\$(?!\(hidden\))[^:\s\"]{16,}|grub\.pbkdf2\.sha512\.\d"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[|:]*[A-Za-z0-9+/]{20}|\bAKIA[0-9A-Z]{16}|\bgh[pousr]_[A-Za-z0-9]{30}|\beyJ[\w-]{10,}\.eyJ"
)
FIXTURES = Path(__file__).parents[1]
PROGRAMS = (
    "inetd",
    "xinetd",
    "dnf",
    "tmux",
    "exportfs",
    "smbd",
    "snmpd",
    "restic",
    "borg",
    "logrotate",
    "chronyd",
    "cryptsetup",
)  # what only has to be there for its files to be read


@pytest.fixture
def planted(lab_host: Host) -> Host:
    for path, text in APPENDED.items():
        old = lab_host.run(f"cat {path} 2>/dev/null || :").stdout
        lab_host.write(path, old + text, mode=0o640)
    for path, text in WRITTEN.items():
        lab_host.write(path, text, mode=0o644)
    lab_host.write("/root/cmdline", COMMAND_LINE)
    lab_host.run("mount --bind /root/cmdline /proc/cmdline")
    lab_host.run("TOKEN=SECRETenviron setsid sh -c 'sleep 60; : SECRETargument' >/dev/null 2>&1 &")
    for program in PROGRAMS:
        lab_host.write(f"/usr/local/bin/{program}", "#!/bin/sh\nexit 0\n", mode=0o755)
    return lab_host


def test_no_secret_of_a_host_leaves_it(planted: Host) -> None:
    script = build_script(sources(probes("linux")))
    raw = planted.run("sh -s", stdin=script).stdout
    found = [line for line in raw.splitlines() if "SECRET" in line]
    assert "\n".join(found) == ""
    facts = read_facts(read_bundle(raw.encode("utf-8", "surrogateescape")))
    assert facts.values["passwords"]["users"]["planted"]["method"] == "sha512"
    assert facts.values["logging"]["rsyslog"]["remote"] == ["tcp logs.example.mil:6514"]
    assert facts.values["sessions"]["shells"]["values"] == [600]
    assert facts.values["audit"]["boot"]["running"] is True


def test_what_a_hash_or_a_key_looks_like_is_hidden_wherever_it_stands(planted: Host) -> None:
    """A file that an include drags in by mistake, as `@include /etc/shadow` would."""
    planted.write("/etc/sudoers.d/dragged", "@include /etc/shadow\n@include /root/.ssh/id_ed25519\n", mode=0o440)
    planted.write("/etc/ssh/sshd_config.d/dragged.conf", "Include /root/.ssh/id_ed25519\n")
    script = build_script((sudoers.SUDOERS, sshd.FILES, pam.STACKS, logging.RSYSLOG))
    raw = planted.run("sh -s", stdin=script).stdout
    assert "@text /etc/shadow" in raw
    shown = [line for line in raw.splitlines() if "SECRET" in line]
    assert [line for line in shown if not line.startswith("|:des:")] == []  # thirteen letters look like any other word


def test_no_fixture_holds_a_hash_a_key_or_a_token() -> None:
    files = [path for path in FIXTURES.glob("*/fixtures/**/*") if path.is_file()]
    assert len(files) > 500
    assert [path for path in files if SECRET_LIKE.search(path.read_text(errors="replace"))] == []


@pytest.mark.parametrize("text", [f"root:$6$salt${HASH}", KEY.replace("SECRETkeybody", "b3BlbnNzaC1rZXktdjEAAAAA"), "AKIA" + "Q" * 16])
def test_what_must_not_stand_in_a_fixture_is_known_when_it_is_seen(text: str) -> None:
    assert SECRET_LIKE.search(text)
