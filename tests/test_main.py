from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

import cloudkit
from cloudkit import Bucket, Cloud, Object, PreconditionFailed
from cloudkit.__main__ import main


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "cloudkit", *arguments]


def _is_first(thing: Object, number: int) -> bool:
    try:
        thing.write_text(str(number), if_absent=True)
    except PreconditionFailed:
        return False
    return True


def test_local_serves_other_processes_until_it_is_told_to_stop() -> None:
    with subprocess.Popen(_command("local", "--port", "0"), stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = None
            while url is None:
                line = server.stdout.readline()
                assert line, "the server ended"
                found = re.search(r"AWS_ENDPOINT_URL=(\S+)", line)
                url = found[1] if found else None
            cloud = Cloud(region="us-east-1", endpoint_url=url)
            bucket = Bucket.create("acme-over-http", cloud=cloud)
            bucket["k"].write_text("x")
            assert bucket["k"].read_text() == "x"
            with ThreadPoolExecutor(8) as pool:  # of those who write if nothing is there, one does
                for key in map(str, range(10)):
                    assert sum(pool.map(partial(_is_first, bucket[key]), range(8))) == 1
            cloud.close()
        finally:
            server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0


def test_whoami(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with cloudkit.local() as cloud:
        monkeypatch.setattr(cloudkit, "Cloud", lambda **_: cloud)
        assert main(["whoami"]) == 0
    told = capsys.readouterr().out
    assert cloud.account in told
    assert "us-east-1" in told


def test_failures_are_told_without_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["whoami", "--profile", "no-such-profile"]) == 1
    told = capsys.readouterr().err
    assert "no-such-profile" in told
    assert "Hint:" in told


def test_wrong_usage_is_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--step", "nope"]) == 2
    assert "the steps are" in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert cloudkit.__version__ in capsys.readouterr().out


@pytest.mark.parametrize("command", [["demo", "--step", "who"], ["local", "--port", "0"]])
def test_without_moto_it_says_what_to_install(command: list[str]) -> None:
    blocked = "import sys; sys.modules['moto'] = None; import runpy; runpy.run_module('cloudkit', run_name='__main__')"
    run = subprocess.run(
        [sys.executable, "-c", blocked, *command],
        capture_output=True,
        text=True,
        timeout=60,
        env=dict(os.environ),
    )
    assert run.returncode == 1
    assert "pip install 'cloudkit[local]'" in run.stderr
    assert "Traceback" not in run.stderr
