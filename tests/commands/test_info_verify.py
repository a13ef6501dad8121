"""What ``info --verify`` says of the stored checksums."""

from pathlib import Path

import torch
from safetensors.torch import save_file

from explorer.app import main
from tests.checkpoint.sharded_files import model, save_shards, shard_name
from tests.commands.info_answers import Capture, info, parse


def changed(path: Path, values: torch.Tensor) -> Path:
    """Change a bit of some values in a file."""
    data = bytearray(path.read_bytes())
    data[data.index(values.numpy().tobytes()) + 1] ^= 1
    path.write_bytes(data)
    return path


def test_verify_exits_with_1_where_a_checksum_is_wrong(tmp_path: Path, capsys: Capture) -> None:
    state = {"good": torch.arange(9.0), "bad": torch.arange(30.0) + 7}
    torch.save(state, tmp_path / "a.pt")
    answer = info(capsys, tmp_path / "a.pt", "--verify")
    assert answer["checksums"]["wrong"] == 0
    assert [tensor["checksum"] for tensor in answer["tensors"]] == ["right", "right"]
    changed(tmp_path / "a.pt", state["bad"])
    assert main(["info", str(tmp_path / "a.pt"), "--verify", "--json"]) == 1
    answer = parse(capsys.readouterr().out)
    assert [tensor["checksum"] for tensor in answer["tensors"]] == ["right", "wrong"]
    counts = {name: answer["checksums"][name] for name in ("right", "wrong", "not_recorded", "not_read")}
    assert counts == {"right": 1, "wrong": 1, "not_recorded": 0, "not_read": 0}
    assert answer["verdict"] == "data-only"
    assert main(["info", str(tmp_path / "a.pt"), "--verify"]) == 1
    printed = capsys.readouterr()
    assert "1 of 2 tensors has a wrong checksum" in printed.out
    assert "Its checksum is wrong." in printed.out.splitlines()[-1]
    # Without being asked to, nothing is verified.
    assert info(capsys, tmp_path / "a.pt")["checksums"] is None


def test_verify_goes_through_all_shards(tmp_path: Path, capsys: Capture) -> None:
    state = model()
    path = save_shards(tmp_path / "model", state, suffix="bin")
    changed(path.parent / shard_name(1, 3, "bin"), state["layers.2.weight"])
    assert main(["info", str(path), "--verify", "--json"]) == 1
    answer = parse(capsys.readouterr().out)
    came_out = {tensor["key"]: tensor["checksum"] for tensor in answer["tensors"]}
    assert came_out == dict.fromkeys(state, "right") | {"layers.2.weight": "wrong"}
    assert (answer["checksums"]["wrong"], answer["checksums"]["right"], answer["checksums"]["no_values"]) == (1, 4, 0)


def test_verify_says_where_there_is_nothing_to_verify(tmp_path: Path, capsys: Capture) -> None:
    save_file({"a": torch.ones(3)}, tmp_path / "a.safetensors")
    answer = info(capsys, tmp_path / "a.safetensors", "--verify")
    assert answer["checksums"]["message"] == "The safetensors format has no checksums to verify."
    assert answer["tensors"][0]["checksum"] is None
