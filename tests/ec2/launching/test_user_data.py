from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from cloudkit import Bucket
from cloudkit.ec2 import Instance
from cloudkit.ec2._launching.user_data import user_data_bytes
from cloudkit.errors import InvalidRequest, NotFound
from tests.conftest import Rig
from tests.faults import FaultServer

SCRIPT = "#!/bin/sh\necho {{ greeting }} $HOME {{greeting}} {{ team }}\n"


def test_a_file(tmp_path: Path) -> None:
    file = tmp_path / "setup.sh"
    file.write_text("#!/bin/sh\n")
    assert user_data_bytes(file) == b"#!/bin/sh\n"


def test_an_object_in_a_bucket_as_a_template(rig: Rig) -> None:
    script = Bucket.create(rig.name("acme-scripts"))["setup.sh"]
    script.write_text(SCRIPT)
    box = Instance.launch(
        "al2023", user_data=script, user_data_values={"greeting": "grüß", "team": "{{ greeting }}"}
    )
    assert box.user_data == "#!/bin/sh\necho grüß $HOME grüß {{ greeting }}\n"


def test_an_object_that_is_not_there_launches_nothing(rig: Rig) -> None:
    missing = Bucket.create(rig.name("acme-scripts"))["no.sh"]
    name = rig.name("web")
    with pytest.raises(NotFound):
        Instance.launch("al2023", name=name, user_data=missing)
    assert Instance.find(name=name) is None


def test_a_blank_without_a_value_and_a_value_without_a_blank_are_refused(faults: FaultServer) -> None:
    cloud = faults.cloud()
    for values, words in (
        ({"greeting": "a"}, "says nothing of: team"),
        ({"greeting": "a", "team": "b", "tem": "c"}, "no blank for tem"),
    ):
        with pytest.raises(InvalidRequest, match=words):
            Instance.launch("ami-1", user_data=SCRIPT, user_data_values=values, cloud=cloud)
    with pytest.raises(InvalidRequest, match="without user_data"):
        Instance.launch("ami-1", user_data_values={}, cloud=cloud)
    with pytest.raises(InvalidRequest, match="no text"):
        Instance.launch("ami-1", user_data=b"\x1f\x8b\xff", user_data_values={}, cloud=cloud)
    assert faults.requests == []


def test_without_values_blanks_are_as_they_are() -> None:
    assert user_data_bytes(SCRIPT) == SCRIPT.encode()


def test_cloud_inits_own_templates_keep_their_own_blanks() -> None:
    text = "## template: jinja\n#cloud-config\nhostname: {{ name }}-{{ instance_id }}\n"
    assert user_data_bytes(text, {"name": "web"}) == text.replace("{{ name }}", "web").encode()


def test_the_size_counts_when_it_is_filled_in(faults: FaultServer) -> None:
    with pytest.raises(InvalidRequest, match="has 20000 bytes"):
        Instance.launch(
            "ami-1", user_data="{{ x }}", user_data_values={"x": "y" * 20_000}, cloud=faults.cloud()
        )
    assert faults.requests == []


def test_a_secret_that_is_filled_in_is_noticed() -> None:
    with pytest.warns(UserWarning, match="seems to hold a key"):
        user_data_bytes("#!/bin/sh\nexport X={{ x }}", {"x": "AKIAABCDEFGHIJKLMNOP"})


@pytest.mark.parametrize("before", ["\n", "  ", "\ufeff", "\r\n\t"])
def test_what_cloud_init_would_pass_over_warns(before: str) -> None:
    with pytest.warns(UserWarning, match="first line"):
        user_data_bytes(f"{before}#cloud-config\npackages: [nginx]\n")


@pytest.mark.parametrize("data", ["#!/bin/sh\n", "#cloud-config\n", '{"ignition": {}}', "", b"\x1f\x8b\x08"])
def test_what_others_read_is_let_through(data: str | bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        user_data_bytes(data)


@given(
    st.dictionaries(st.from_regex(r"[a-z_]{1,6}", fullmatch=True), st.text(max_size=20), max_size=5),
    st.text(alphabet="abc $\n", max_size=20),
)
def test_every_value_arrives_as_it_is(values: dict[str, str], between: str) -> None:
    text = between.join(f"{{{{ {name} }}}}" for name in values)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = user_data_bytes(f"x{text}", values)
    assert found == ("x" + between.join(values.values())).encode()
