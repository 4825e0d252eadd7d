"""auditd.conf, as the daemon reads it."""

from collector.linux.auditd import read_settings

WHOLE = ["space_left = 75", "admin_space_left = 50"]


def test_keys_and_words_are_read_in_any_case() -> None:
    settings = read_settings(["LOG_FORMAT = Enriched", *WHOLE])
    assert (settings["log_format"], settings["refused"]) == ("ENRICHED", None)


def test_what_is_commented_out_has_the_program_s_default() -> None:
    settings = read_settings(["#freq = 50", "  # num_logs = 5", *WHOLE])
    assert (settings["freq"], settings["num_logs"], settings["action_mail_acct"]) == (0, 0, "root")


def test_the_last_of_two_lines_wins() -> None:
    assert read_settings(["freq = 50", "freq = 1", *WHOLE])["freq"] == 1


def test_nothing_is_read_behind_a_line_that_is_refused() -> None:
    settings = read_settings(["num_logs = 5", "nonsense = 1", "num_logs = 9"])
    assert (settings["num_logs"], settings["refused"]) == (5, "line 2: unknown keyword: nonsense = 1")


def test_an_equal_sign_needs_its_spaces() -> None:
    assert read_settings(["num_logs=5"])["refused"] == "line 1: not of the form key = value: num_logs=5"


def test_a_wrong_word_is_shown_and_refused() -> None:
    settings = read_settings(["log_format = test"])
    assert (settings["log_format"], settings["refused"]) == ("test", "line 1: not one of its values: log_format = test")


def test_a_line_that_is_too_long_is_skipped() -> None:
    assert read_settings(["freq = 7" + " " * 160, *WHOLE])["freq"] == 0


def test_contradicting_limits_are_refused() -> None:
    assert read_settings(["space_left = 50", "admin_space_left = 75"])["refused"] == "space_left 50 must be larger than admin_space_left 75"


def test_a_carriage_return_is_part_of_no_value() -> None:
    assert read_settings(["log_format = ENRICHED\r", *WHOLE])["log_format"] == "ENRICHED"


def test_percentages_stand_beside_megabytes() -> None:
    settings = read_settings(["space_left = 25%", "admin_space_left = 5%"])
    assert (settings["space_left"], settings["space_left_percent"], settings["refused"]) == (None, 25, None)
