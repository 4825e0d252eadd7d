"""No secret of a host stands in its bundle: they are planted where administrators leave them, and looked for in what comes back."""

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
    "/etc/ssl/openssl.cnf": "[req]\ninput_password = SECRETopenssl\nOUTPUT_PASSWORD = SECRETopensslupper\nPIN = SECRETpin\n",
}
COMMAND_LINE = (
    "audit=1 rd.iscsi.password=SECRETiscsi cifspass=SECRETcifsroot inst.ks=http://u:SECRETkickstart@h/ks "
    "systemd.setenv=TOKEN=SECRETkernelenv systemd.set_credential=a:SECRETcredential netroot=iscsi:u:SECRETnetroot@h::::x\n"
)
PROGRAMS = ("inetd", "xinetd", "dnf", "tmux")  # what only has to be there for its files to be read


@pytest.fixture
def planted(lab_host: Host) -> Host:
    for path, text in APPENDED.items():
        old = lab_host.run(f"cat {path} 2>/dev/null || :").stdout
        lab_host.write(path, old + text, mode=0o640)
    for path, text in WRITTEN.items():
        lab_host.write(path, text, mode=0o644)
    lab_host.write("/root/cmdline", COMMAND_LINE)
    lab_host.run("mount --bind /root/cmdline /proc/cmdline")
    for program in PROGRAMS:
        lab_host.write(f"/usr/local/bin/{program}", "#!/bin/sh\nexit 0\n", mode=0o755)
    return lab_host


def test_no_secret_of_a_host_leaves_it(planted: Host) -> None:
    script = build_script(sources(probes("linux")))
    raw = planted.run("sh -s", stdin=script).stdout
    assert [line for line in raw.splitlines() if "SECRET" in line] == []
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
