"""Audit rules: which events a set of rules records, whatever way it is written."""

from dataclasses import replace

from collector.linux.audit_records import describe, is_recorded, recording
from collector.linux.audit_rules import Host, load_lines

INTEL = Host("x86_64", {"/bin": "/usr/bin", "/sbin": "/usr/sbin", "/var/run": "/run"})
ARM = Host("aarch64")
PEOPLE = "-F auid>=1000 -F auid!=unset"


def recorded(lines: str, syscall: str = "chmod", outcome: str | None = None, host: Host = INTEL) -> bool:
    return is_recorded(load_lines(lines.splitlines(), host).rules, syscall, outcome, host)


def permissions(lines: str, path: str, host: Host = INTEL) -> str:
    rules = load_lines(lines.splitlines(), host).rules
    return "".join(p for p in "rwxa" if recording(rules, host.real(path), p, host))


def both(rule: str) -> str:
    return "\n".join(rule.format(arch=arch) for arch in ("b32", "b64"))


def test_a_call_counts_only_when_both_tables_have_a_rule() -> None:
    rule = f"-a always,exit -F arch={{arch}} -S chmod,fchmod {PEOPLE} -k x"
    assert recorded(both(rule))
    assert not recorded(rule.format(arch="b64"))


def test_action_and_list_stand_in_any_order_and_calls_in_one_option_or_several() -> None:
    assert recorded(both("-a exit,always -F arch={arch} -S open -S chmod -F key=x"))


def test_a_call_may_be_named_by_its_number() -> None:
    assert recorded(both("-a always,exit -F arch={arch} -S 452"), "fchmodat2")


def test_a_rule_on_a_link_records_nothing_of_the_program_behind_it() -> None:
    host = replace(INTEL, behind={"/usr/sbin/insmod": "/bin/kmod", "/usr/sbin/reboot": "/usr/bin/systemctl"})
    link, program = "-w /sbin/insmod -p x -k modules", "-a always,exit -F path=/usr/bin/kmod -F perm=x -k modules"

    def inert(*lines: str) -> list[str]:
        found: list[str] = describe(load_lines(lines, host).rules, host)["inert"]
        return found

    assert inert(link) == ["/usr/sbin/insmod"]
    assert inert(link, program) == []
    assert inert(link, *both("-a always,exit -F arch={arch} -S execve").splitlines()) == []
    assert inert("-w /sbin/reboot -p wa") == []


def test_a_never_that_comes_first_hides_an_always() -> None:
    always = both("-a always,exit -F arch={arch} -S chmod")
    never = both("-a never,exit -F arch={arch} -S chmod")
    assert not recorded(f"{never}\n{always}")
    assert recorded(f"{always}\n{never}")


def test_a_never_for_one_program_hides_nothing_else() -> None:
    assert recorded("-a never,exit -F exe=/usr/bin/backup\n" + both("-a always,exit -F arch={arch} -S chmod"))


def test_a_rule_put_in_front_comes_first() -> None:
    assert not recorded(both("-a always,exit -F arch={arch} -S chmod") + "\n-A never,exit")


def test_a_task_never_silences_everything() -> None:
    assert not recorded("-a task,never\n" + both("-a always,exit -F arch={arch} -S chmod"))
    assert permissions("-a never,task\n-w /etc/passwd -p wa", "/etc/passwd") == ""


def test_a_narrower_filter_does_not_cover() -> None:
    assert not recorded(both("-a always,exit -F arch={arch} -S chmod -F a2&0100"))
    assert not recorded(both("-a always,exit -F arch={arch} -S chmod -F auid>=2000 -F auid!=unset"))
    assert recorded(both("-a always,exit -F arch={arch} -S chmod -F auid>=500 -F auid!=4294967295"))


def test_refusals_count_only_with_both_errors() -> None:
    one = both("-a always,exit -F arch={arch} -S open -F exit=-EACCES")
    other = both("-a always,exit -F arch={arch} -S open -F exit=-EPERM")
    assert describe(load_lines(f"{one}\n{other}".splitlines(), INTEL).rules, INTEL)["syscalls"]["open"]["denied"]
    assert not describe(load_lines(one.splitlines(), INTEL).rules, INTEL)["syscalls"]["open"]["denied"]


def test_failure_and_success_together_are_everything() -> None:
    rules = both("-a always,exit -F arch={arch} -S chmod -F success=1") + "\n" + both("-a always,exit -F arch={arch} -S chmod -F success=0")
    assert recorded(rules)


def test_old_calls_are_asked_only_where_the_machine_has_them() -> None:
    assert recorded("-a always,exit -F arch=b32 -S stime", "stime")
    assert recorded("-a always,exit -F arch=b32 -S chmod", "chmod", host=ARM)
    assert not recorded("-a always,exit -F arch=b32 -S fchmod", "fchmod", host=ARM)


def test_a_watch_and_a_rule_with_a_path_are_the_same() -> None:
    assert permissions("-w /etc/passwd -p aw -k x", "/etc/passwd") == "wa"
    assert permissions("-a always,exit -F path=/etc/passwd -F perm=wa", "/etc/passwd") == "wa"
    assert permissions("-w /etc/passwd", "/etc/passwd") == "rwxa"


def test_a_watch_on_a_folder_covers_what_is_in_it() -> None:
    assert permissions("-w /etc/ -p wa", "/etc/passwd") == "wa"
    assert permissions("-a always,exit -F dir=/etc/sudoers.d/ -F perm=wa", "/etc/sudoers.d") == "wa"
    assert permissions("-w /etc/pass -p wa", "/etc/passwd") == ""


def test_linked_folders_are_one() -> None:
    assert permissions("-a always,exit -F path=/bin/su -F perm=x", "/usr/bin/su") == "x"
    assert permissions("-w /var/run/utmp -p wa", "/run/utmp") == "wa"


def test_loading_ends_at_the_first_line_that_is_refused() -> None:
    result = load_lines(["-w /etc/passwd -p wa", "some value", "-w /etc/group -p wa"], INTEL)
    assert len(result.rules) == 1
    assert result.refused == "line 2: not an option of auditctl: some value"


def test_loading_goes_on_when_it_was_told_to() -> None:
    result = load_lines(["-i", "some value", "-w /etc/group -p wa"], INTEL)
    assert len(result.rules) == 1
    assert result.refused is not None


def test_nothing_is_loaded_after_the_lock() -> None:
    result = load_lines(["-e 2", "-w /etc/group -p wa"], INTEL)
    assert result.enabled == 2
    assert result.rules == []


def test_a_delete_all_in_the_middle_takes_what_was_before() -> None:
    assert [rule.path for rule in load_lines(["-w /a -k x", "-w /b", "-D", "-w /c"], INTEL).rules] == ["/c"]
    assert [rule.path for rule in load_lines(["-w /a -k x", "-w /b", "-D -k x"], INTEL).rules] == ["/b"]


def test_a_single_rule_can_be_taken_back() -> None:
    assert load_lines(["-w /a -p wa", "-W /a -p wa"], INTEL).rules == []


def test_wrong_permissions_lists_and_missing_values_are_refused() -> None:
    for line in ("-w /a -p q", "-a always,exit,user", "-a sometimes,exit", "-w", "-e 7", "-b many", "-a always,exit -F nonsense"):
        assert load_lines([line], INTEL).refused, line


def test_who_is_left_out_is_told() -> None:
    rules = load_lines(
        ["-a always,exit -F path=/usr/bin/sudo -F perm=x", f"-a always,exit -F path=/usr/bin/su -F perm=x {PEOPLE}"], INTEL
    ).rules
    seen = describe(rules, INTEL)["commands"]
    assert seen["/usr/bin/sudo"] == {"recorded": True, "people_only": False}
    assert seen["/usr/bin/su"] == {"recorded": True, "people_only": True}


def test_names_that_no_check_can_write_are_left_out() -> None:
    seen = describe(load_lines(["-w /a[1] -p wa"], INTEL).rules, INTEL)
    assert "/a[1]" not in seen["watches"]


def test_a_program_outside_of_usr_is_recorded_only_where_it_lies() -> None:
    host = Host("x86_64", outside={"/usr/bin/su": "/bin/su"})
    rule = "-a always,exit -F path={} -F perm=x -F auid>=1000 -F auid!=unset -k x"

    def of_su(path: str) -> bool:
        return bool(describe(load_lines([rule.format(path)], host).rules, host)["commands"]["/usr/bin/su"]["recorded"])

    assert of_su("/bin/su")
    assert not of_su("/usr/bin/su")


def opens(*rules: str) -> dict[str, bool]:
    seen = describe(load_lines(rules, INTEL).rules, INTEL)["opens"]
    return {f"{call} {use}": known for call, uses in seen.items() for use, known in uses.items()}


def test_a_mask_over_the_flags_of_opening_records_what_it_lets_through() -> None:
    masks = "-a always,exit -F arch={} -S openat,open_by_handle_at -F a2&{} -F success=1 -F auid>=1000 -F auid!=unset"
    seen = opens(*(masks.format(abi, "0100") for abi in ("b32", "b64")))
    assert seen["openat create_succeeded"]
    assert not seen["openat create_denied"]
    assert not seen["openat write_succeeded"]
    assert not seen["open create_succeeded"]
    assert opens(*(masks.format(abi, "01003") for abi in ("b32", "b64")))["open_by_handle_at write_succeeded"]
    assert not opens(*(masks.format(abi, "01001") for abi in ("b32", "b64")))["openat write_succeeded"]


def test_a_mask_over_another_argument_or_beside_another_filter_records_nothing() -> None:
    for narrow in ("-F a1&0100", "-F a2&0100 -F uid=33", "-F a2&=0100 -F a2&0100", "-F a2&0100 -F auid>=2000"):
        rules = (f"-a always,exit -F arch={abi} -S openat {narrow} -F success=1" for abi in ("b32", "b64"))
        assert not opens(*rules)["openat create_succeeded"], narrow


def test_a_rule_for_every_opening_records_those_that_create_and_write() -> None:
    rules = (f"-a always,exit -F arch={abi} -S open,openat,open_by_handle_at" for abi in ("b32", "b64"))
    assert all(opens(*rules).values())
