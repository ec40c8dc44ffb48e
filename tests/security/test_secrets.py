"""Keys and passwords: taken from the environment alone, and never written anywhere"""

import pytest

from pipelines.__main__ import main
from pipelines.engine import check_flags
from pipelines.withheld import is_secret, secret_flags, signed_addresses

SECRET = "wJalrXUtnFEMI"


@pytest.mark.parametrize(
    "flags",
    [
        [f"--s3_secret_access_key={SECRET}"],
        ["--s3_access_key_id", SECRET],
        [f"--s3_session_token={SECRET}"],
        [f"--azure_connection_string={SECRET}"],
        [f"--apiKey={SECRET}"],
        [f"--PASSWORD={SECRET}"],
    ],
)
def test_a_flag_that_holds_a_secret_is_refused_without_repeating_it(flags: list[str]) -> None:
    faults = check_flags(flags, shared_filesystem=True)
    assert [fault.partition(":")[0] for fault in faults] == [flags[0].partition("=")[0]]
    assert faults == secret_flags(flags)
    assert SECRET not in "".join(faults)


def test_names_of_keys_are_no_secrets() -> None:
    flags = ["--dataflow_kms_key=projects/p/keyRings/r", "--enable_hot_key_logging", "--allow_non_deterministic_key_coders", "--no_auth"]
    assert [flag for flag in flags if is_secret(flag)] == []


@pytest.mark.parametrize(
    "command",
    [
        ["corpus", "--out", f"s3://AKIA:{SECRET}@bucket/out"],
        ["corpus", "--data", f"gs://me:{SECRET}@bucket", "--out", "gs://bucket/out"],
        ["plan", "--root", f"a=s3://AKIA:{SECRET}@bucket/a"],
        ["why", "a/1", "--out", f"s3://AKIA:{SECRET}@bucket/out"],
        ["verify", f"https://AKIA:{SECRET}@bucket/out"],
        ["diff", "a", f"s3://AKIA:{SECRET}@bucket/out"],
        ["corpus", "--rewrite-server", f"http://me:{SECRET}@localhost:8000"],
        ["corpus", "--out", f"s3:/AKIA:{SECRET}@bucket/out"],
        ["corpus", "--manifests", f"s3:/AKIA:{SECRET}@bucket/out"],
        ["corpus", f"--temp_location=gs://me:{SECRET}@bucket"],
    ],
)
def test_an_address_with_a_password_is_refused_and_not_repeated(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command) == 2
    told = capsys.readouterr()
    assert "an address with a name or a password in it" in told.err
    assert SECRET not in told.err + told.out


def test_an_at_sign_further_on_is_no_password() -> None:
    assert list(signed_addresses({"out": "s3://bucket/me@home", "beam_flags": ("--job_name=a@b",), "limit": 3, "root": ["a=/x@y"]})) == []
