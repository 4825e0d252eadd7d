import pytest

from collector.files import read_files
from collector.linux import pam, pam_modules, pam_passwords, pam_stack
from collector.probe import ProbeError
from tests.collector.linux.snippets import shown

UNIX = "auth [success=1 default=ignore] pam_unix.so\nauth requisite pam_deny.so\nauth required pam_permit.so\n"
PASSWORD = "password [success=1 default=ignore] pam_unix.so sha512\npassword requisite pam_deny.so\npassword required pam_permit.so\n"


def files(**services: str) -> str:
    return shown({(f"/etc/pam.d/{name.replace('_', '-')}" if "." not in name else name): text for name, text in services.items()})


def faillock(auth: str, conf: str = "", account: str = "account required pam_unix.so\n") -> dict[str, object]:
    texts = {"/etc/pam.d/login": auth + account, "/etc/security/faillock.conf": conf}
    return pam.read_faillock(read_files(shown(texts)))


def quality(line: str, conf: str = "", more: dict[str, str] | None = None) -> dict[str, object]:
    texts = {"/etc/pam.d/passwd": line + PASSWORD, "/etc/security/pwquality.conf": conf} | (more or {})
    return pam_passwords.read_quality(read_files(shown(texts)))


WORKING = (
    "auth required pam_faillock.so preauth\n" + "auth [success=1 default=ignore] pam_unix.so\nauth [default=die] pam_faillock.so authfail\n"
)
WORKING += "auth sufficient pam_faillock.so authsucc\nauth required pam_permit.so\n"


def test_a_jump_skips_so_many_rules() -> None:
    stack = pam_stack.build(read_files(files(login=UNIX)), "login", "auth")
    assert pam_stack.walk(stack, pam_modules.answers()).lets_in
    assert not pam_stack.walk(stack, pam_modules.answers(pam_unix="denied")).lets_in


def test_done_in_a_substack_ends_only_the_substack() -> None:
    text = files(login="auth substack inner\nauth required pam_deny.so\n", inner="auth sufficient pam_unix.so\nauth required pam_env.so\n")
    ran = pam_stack.walk(pam_stack.build(read_files(text), "login", "auth"), pam_modules.answers()).ran
    assert [rule.module for rule in ran] == ["pam_unix", "pam_deny"]


def test_done_in_an_included_file_ends_the_whole_stack() -> None:
    text = files(login="auth include inner\nauth required pam_deny.so\n", inner="auth sufficient pam_unix.so\n")
    assert pam_stack.walk(pam_stack.build(read_files(text), "login", "auth"), pam_modules.answers()).lets_in


def test_lines_may_go_on_behind_a_backslash_and_comments_may_end_them() -> None:
    text = files(login="auth required \\\n pam_unix.so nullok # why\n-auth optional pam_absent.so\n#auth required pam_deny.so\n")
    rules = list(pam_stack.flat(pam_stack.build(read_files(text), "login", "auth")))
    assert [(rule.module, rule.arguments) for rule in rules] == [("pam_unix", ("nullok",)), ("pam_absent", ())]


def test_a_file_that_includes_itself_is_an_error() -> None:
    with pytest.raises(ProbeError, match="includes itself"):
        pam_stack.build(read_files(files(login="@include login\n")), "login", "auth")


def test_an_include_that_is_missing_lets_nobody_in() -> None:
    stack = pam_stack.build(read_files(files(login="@include gone\nauth sufficient pam_permit.so\n")), "login", "auth")
    assert not pam_stack.walk(stack, pam_modules.answers()).lets_in


def test_the_file_of_etc_wins_over_that_of_the_vendor() -> None:
    text = shown({"/usr/lib/pam.d/login": "auth required pam_deny.so\n", "/etc/pam.d/login": "auth required pam_permit.so\n"})
    assert [rule.module for rule in pam_stack.flat(pam_stack.build(read_files(text), "login", "auth"))] == ["pam_permit"]


def test_faillock_works_with_preauth_and_authfail_in_their_places() -> None:
    found = faillock(WORKING)
    assert (found["enforced"], found["deny"], found["unlock_time"], found["fail_interval"]) == (True, 3, 600, 900)


@pytest.mark.parametrize(
    ("auth", "why"),
    [
        (UNIX, "no module at all"),
        (WORKING.replace("auth [default=die] pam_faillock.so authfail\n", ""), "nothing counts"),
        ("auth sufficient pam_unix.so\n" + WORKING, "a right password never comes to the module"),
        (WORKING.replace("required pam_faillock.so preauth", "optional pam_faillock.so preauth").replace("authsucc", "x"), "not binding"),
    ],
)
def test_faillock_in_vain_is_not_enforced(auth: str, why: str) -> None:
    assert not faillock(auth)["enforced"], why


def test_faillock_may_keep_locked_accounts_out_behind_the_password() -> None:
    late = WORKING.replace("auth required pam_faillock.so preauth\n", "")
    assert not faillock(late)["enforced"], "the refusal of a sufficient module is passed over"
    assert faillock(late.replace("sufficient", "required"))["enforced"]


def test_arguments_win_over_the_file_and_the_last_line_of_the_file_wins() -> None:
    conf = "deny = 5\ndeny=4\n# deny = 9\nunlock_time = never\nroot_unlock_time = 60\n"
    assert faillock(WORKING, conf)["deny"] == 4
    assert faillock(WORKING, conf)["unlock_time"] == 0
    assert faillock(WORKING, conf)["even_deny_root"] is True
    assert faillock(WORKING.replace("preauth", "preauth deny=7"), conf)["deny"] == 7


def test_a_deny_of_zero_is_the_weakest() -> None:
    assert faillock(WORKING.replace("preauth", "preauth deny=0"))["deny"] == 0


def test_a_value_that_is_no_number_is_an_error() -> None:
    with pytest.raises(ProbeError, match="no number"):
        faillock(WORKING, "deny = three\n")


def test_quality_is_enforced_only_where_its_refusal_counts() -> None:
    assert quality("password requisite pam_pwquality.so\n")["enforced"]
    assert not quality("password optional pam_pwquality.so\n")["enforced"]
    assert not quality("")["enforced"]
    assert not quality("password requisite pam_pwquality.so\n", "enforcing = 0\n")["enforced"]


def test_quality_takes_arguments_then_the_file_then_its_directory() -> None:
    more = {"/etc/security/pwquality.conf.d/10.conf": "minlen = 30\ndifok = 3\n", "/etc/security/pwquality.conf.d/20.conf": "difok = 4\n"}
    found = quality("password requisite pam_pwquality.so retry=2\n", "minlen = 14 # why\nminlen 15\nretry = 9\r\n", more)
    assert (found["minlen"], found["difok"], found["retry"]) == (15, 4, 2)


def test_limits_of_the_library_hold() -> None:
    found = quality("password requisite pam_pwquality.so minlen=2 minclass=9\n")
    assert (found["minlen"], found["minclass"]) == (6, 4)


def test_history_counts_only_where_its_refusal_counts() -> None:
    def remember(line: str, conf: str = "") -> int:
        texts = {"/etc/pam.d/passwd": line + PASSWORD, "/etc/security/pwhistory.conf": conf}
        found: int = pam_passwords.read_history(read_files(shown(texts)))["remember"]
        return found

    assert remember("password required pam_pwhistory.so\n") == 10
    assert remember("password required pam_pwhistory.so\n", "remember = 24\n") == 24
    assert remember("password required pam_pwhistory.so remember=5\n", "remember = 24\n") == 5
    assert remember("password optional pam_pwhistory.so remember=5\n") == 0
    assert remember("") == 0


def test_without_a_method_pam_unix_goes_by_login_defs() -> None:
    text = read_files(files(passwd="password required pam_unix.so\n"))
    assert pam_passwords.read_unix(text, {"ENCRYPT_METHOD": "YESCRYPT"})["hash"] == "yescrypt"
    assert pam_passwords.read_unix(text, {})["hash"] == "des"


def test_su_is_restricted_by_a_group_that_is_asked_for() -> None:
    def restricted(line: str) -> object:
        return pam.read_su(read_files(files(su="auth sufficient pam_rootok.so\n" + line + UNIX)))["restricted"]

    assert restricted("auth required pam_wheel.so use_uid\n")
    assert not restricted("auth sufficient pam_wheel.so trust\n")
    assert not restricted("# auth required pam_wheel.so\n")
    assert not restricted("auth optional pam_wheel.so\n")


@pytest.mark.parametrize(
    ("auth", "asked"),
    [
        (UNIX + "auth required pam_duo.so\n", True),
        ("auth required pam_google_authenticator.so\n" + UNIX, True),
        ("auth required pam_google_authenticator.so nullok\n" + UNIX, False),
        ("auth sufficient pam_u2f.so\n" + UNIX, False),
        ("auth sufficient pam_unix.so\nauth required pam_duo.so\n", False),
        (UNIX, False),
    ],
)
def test_a_second_factor_is_one_without_which_nobody_gets_in(auth: str, asked: bool) -> None:  # noqa: FBT001 - cases of a table
    assert bool(pam.read_second_factor(read_files(files(login=auth)))["services"]) is asked


def test_limits_hold_where_the_session_calls_their_module() -> None:
    texts = {
        "/etc/pam.d/login": "session required pam_limits.so\n",
        "/etc/pam.d/sshd": "session include common\n",
        "/etc/pam.d/common": "# session required pam_limits.so\nsession required pam_unix.so\n",
        "/etc/pam.d/lightdm": "@include more\n",
        "/etc/pam.d/more": "session optional pam_limits.so\n",
    }
    assert pam.read_limits(read_files(shown(texts))) == {"missing_in": ["sshd"]}
