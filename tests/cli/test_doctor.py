"""``doctor`` as it is run: in a folder of its own, on folders, files, ports and packages that are really there."""

import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli import __main__ as command
from cli.doctor_findings import Verdict
from common import host_os
from common.stamp import Stamp, write_stamp
from tests.small_disk import small_disk

ROOT = Path(__file__).resolve().parents[2]
OK, WARN, FAIL, UNKNOWN = Verdict.OK, Verdict.WARN, Verdict.FAIL, Verdict.UNKNOWN
Doctor = Callable[..., dict[str, tuple[Verdict, str]]]


@pytest.fixture
def doctor(desk: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Doctor:
    """Runs ``doctor --json`` with these lines in the ``.env``: verdict, and text with remedy, by code."""

    def run(*lines: str, words: tuple[str, ...] = ()) -> dict[str, tuple[Verdict, str]]:
        with (desk / ".env").open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
        monkeypatch.setattr(sys, "argv", ["bullet-trade", "doctor", "--json", *words])
        with pytest.raises(SystemExit) as left:
            command.main()
        said = capsysbinary.readouterr()
        assert said.err == b""
        return read(said.out, int(left.value.code or 0))

    return run


def read(out: bytes, exit_code: int) -> dict[str, tuple[Verdict, str]]:
    told = json.loads(out.decode("utf-8"))
    found = {row["code"]: (Verdict(row["verdict"]), f"{row['text']} {row['remedy']}") for row in told["checks"]}
    assert exit_code == (1 if FAIL in {verdict for verdict, _ in found.values()} else 0)
    assert told["ok"] is (exit_code == 0)
    return found


def userdata(folder: Path) -> Path:
    """A data folder as the terminal leaves it after a login."""
    folder.mkdir(parents=True)
    for name in ("up_queue_xtquant", "down_queue_win_100", "lock_down_queue_win_100", "down_queue_win_100__mutex"):
        (folder / name).write_bytes(b"x" * 1000)
    return folder


def test_a_desk_for_the_simulator(doctor: Doctor, desk: Path) -> None:
    found = doctor()
    assert not any(code.startswith(("QMT_", "XTQUANT")) for code in found), "nobody asked for a terminal"
    assert (found["BUS_PORTS"][0], found["SETTINGS"][0], found["LIVE_MODE"][0]) == (OK, OK, OK)
    assert found["STACK"][0] is UNKNOWN
    assert sorted(path.name for path in desk.iterdir()) == [".env", "demo.py"], "nothing is made, nothing is left"


def test_a_terminal_with_a_chinese_path_and_blanks(doctor: Doctor, tmp_path: Path) -> None:
    folder = userdata(tmp_path / "国金 QMT 交易端 模拟" / "userdata_mini")
    before = sorted(path.name for path in folder.iterdir())
    found = doctor(f"QMT_DATA_PATH={folder}", "QMT_ACCOUNT_ID=12345678", words=("--broker", "qmt"))
    assert {found[f"QMT_{code}"][0] for code in ("PATH", "FOLDER", "WRITABLE", "PERMISSION", "SESSIONS")} == {OK}
    assert "国金 QMT 交易端 模拟" in found["QMT_PATH"][1] and found["QMT_SESSIONS"][1].startswith("1 ")
    assert {found[f"QMT_{code}"][0] for code in ("CONNECT", "ACCOUNT", "REMARK")} == {UNKNOWN}
    assert sorted(path.name for path in folder.iterdir()) == before, "the terminal's folder is left as it was"
    assert "12345678" not in str(found)


@pytest.mark.skipif(host_os.WINDOWS, reason="says what Linux cannot check")
def test_linux_says_what_it_cannot_check(doctor: Doctor, tmp_path: Path) -> None:
    found = doctor(f"QMT_DATA_PATH={userdata(tmp_path / 'userdata_mini')}", "MINIQMT_MARKET=SH")
    for code in ("DESKTOP_SESSION", "QMT_TERMINAL", "QMT_MINIQUOTE"):
        verdict, text = found[code]
        assert verdict is UNKNOWN and "Linux" in text and "QMT 主机" in text


def test_a_wrong_path(doctor: Doctor) -> None:
    verdict, text = doctor(r"QMT_DATA_PATH=C:\没有 这里\userdata_mini", "QMT_ACCOUNT_ID=1")["QMT_PATH"]
    assert verdict is FAIL and r"C:\没有 这里\userdata_mini 不存在" in text and "QMT_DATA_PATH" in text


def test_the_folder_above_the_right_one(doctor: Doctor, tmp_path: Path) -> None:
    userdata(tmp_path / "QMT" / "userdata_mini")
    found = doctor(f"QMT_DATA_PATH={tmp_path / 'QMT'}")
    assert found["QMT_FOLDER"][0] is FAIL and "userdata_mini" in found["QMT_FOLDER"][1]


def test_a_file_is_no_data_folder(doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / "userdata_mini").write_bytes(b"")
    assert doctor(f"QMT_DATA_PATH={tmp_path / 'userdata_mini'}")["QMT_PATH"][0] is FAIL


def test_a_terminal_without_permission_for_programs(doctor: Doctor, tmp_path: Path) -> None:
    folder = userdata(tmp_path / "userdata_mini")
    (folder / "up_queue_xtquant").unlink()
    verdict, text = doctor(f"QMT_DATA_PATH={folder}")["QMT_PERMISSION"]
    assert verdict is FAIL and "券商" in text


def test_a_data_folder_nobody_may_write(doctor: Doctor, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        folder = userdata(disk.folder / "userdata_mini")
        disk.read_only(on=True)
        found = doctor(f"QMT_DATA_PATH={folder}", f"RUNTIME_DIR={disk.folder / 'runtime'}")
    assert (found["QMT_PATH"][0], found["QMT_WRITABLE"][0], found["RUNTIME_DIR"][0]) == (OK, FAIL, FAIL)
    assert "Read-only" in found["QMT_WRITABLE"][1]


@pytest.mark.skipif(host_os.WINDOWS, reason="takes the rights away as POSIX does")
def test_folders_nobody_may_open(desk: Path, tmp_path: Path) -> None:
    closed = [userdata(tmp_path / "userdata_mini"), tmp_path / "runtime", tmp_path / "above"]
    userdata(closed[2] / "userdata_mini")
    closed[1].mkdir(exist_ok=True)
    lines = ("QMT_DATA_PATH={}", "RUNTIME_DIR={}", "QMT_DATA_PATH={}/userdata_mini")
    for folder in closed:
        folder.chmod(0)
    try:
        found = [run_without_rights(desk, line.format(path)) for line, path in zip(lines, closed, strict=True)]
    finally:
        for folder in closed:
            folder.chmod(0o700)
    for one, code in zip(found, ("QMT_PATH", "RUNTIME_DIR", "QMT_PATH"), strict=True):
        verdict, text = one[code]
        assert verdict is FAIL and "Permission denied" in text


def run_without_rights(desk: Path, line: str) -> dict[str, tuple[Verdict, str]]:
    """As an ordinary user: root gives up what lets it open everything."""
    with (desk / ".env").open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    words = [sys.executable, "-m", "cli", "doctor", "--json"]
    if os.access(desk / "above", os.R_OK):
        setpriv = shutil.which("setpriv") or pytest.skip("nobody here can be without rights")
        rights = "-dac_override,-dac_read_search"
        words = [setpriv, f"--bounding-set={rights}", f"--inh-caps={rights}", *words]
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    done = subprocess.run(words, cwd=desk, env=environ, capture_output=True, timeout=60, check=False)
    assert done.stderr == b"", done.stderr.decode("utf-8", "replace")
    return read(done.stdout, done.returncode)


def test_a_disk_that_is_nearly_full(doctor: Doctor, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        found = doctor(f"RUNTIME_DIR={disk.folder / 'runtime'}", f"LOG_DIR={tmp_path / 'logs'}")
    assert (found["RUNTIME_DIR"][0], found["RUNTIME_DIR_DISK"][0]) == (OK, FAIL)


def test_a_weak_token_on_an_open_address(doctor: Doctor) -> None:
    found = doctor("QMT_SERVER_TOKEN=secret")
    verdict, text = found["TOKEN"]
    assert verdict is WARN and "token_urlsafe" in text
    assert found["FIREWALL"][0] is UNKNOWN and "58620-58621" in found["FIREWALL"][1]


def test_a_token_is_never_shown(doctor: Doctor) -> None:
    assert "hunter2hunter2" not in str(doctor("QMT_SERVER_TOKEN=hunter2hunter2"))


def test_live_mode_says_what_it_means(doctor: Doctor) -> None:
    lines = ("LIVE_MODE=live", "DEFAULT_BROKER=qmt", r"QMT_DATA_PATH=C:\x\userdata_mini", "QMT_ACCOUNT_ID=1")
    found = doctor(*lines)
    assert (
        found["LIVE_MODE"][0] is WARN and "真钱" in found["LIVE_MODE"][1] and "going-live.md" in found["LIVE_MODE"][1]
    )
    assert (found["LIMITS"][0], found["ALERTS"][0]) == (WARN, WARN)
    found = doctor("MAX_ORDER_VALUE=50000", "MESSAGE_KEY=0123")
    assert (found["LIMITS"][0], found["ALERTS"][0]) == (OK, OK)


def test_what_the_broker_needs(doctor: Doctor) -> None:
    verdict, text = doctor(words=("--broker", "qmt"))["SETTINGS"]
    assert verdict is FAIL and "QMT_DATA_PATH" in text and "QMT_ACCOUNT_ID" in text


def test_a_folder_of_another_mode(doctor: Doctor, desk: Path) -> None:
    write_stamp(desk / "runtime", Stamp("qmt", "live", "main", "demo"))
    verdict, text = doctor()["RUNTIME_STAMP"]
    assert verdict is WARN and "--reset" in text


def test_the_encoding_of_the_settings(doctor: Doctor, desk: Path) -> None:
    base = (desk / ".env").read_text(encoding="utf-8")
    for encoding, shown in (("gb18030", "GBK"), ("utf-8-sig", "UTF-8，带 BOM"), ("utf-16", "UTF-16")):
        (desk / ".env").write_text(f"{base}# 运行目录\nRUNTIME_DIR=运行\n", encoding=encoding)
        assert shown in doctor()["ENV_FILE"][1]


@pytest.mark.parametrize("line", ["MAX_ORDER_VALUE=1,000", "LIVE_MODE=真实", "just words"])
def test_a_bad_setting_is_one_line_as_for_every_verb(
    desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    with (desk / ".env").open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    monkeypatch.setattr(sys, "argv", ["bullet-trade", "doctor"])
    with pytest.raises(SystemExit) as left:
        command.main()
    said = capsys.readouterr()
    assert (left.value.code, said.out, said.err.count("\n")) == (1, "", 1)
    assert said.err.startswith("错误 CONFIG: ") and ".env:2" in said.err


def test_a_port_of_somebody_else(doctor: Doctor, desk: Path) -> None:
    base = int((desk / ".env").read_text(encoding="utf-8").partition("=")[2])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", base + 5))
        taken.listen()
        found = doctor()
    assert found["BUS_PORTS"][0] is FAIL and str(base + 5) in found["BUS_PORTS"][1]
    assert found["STACK"][0] is WARN


@pytest.fixture
def listener() -> Iterator[int]:
    """A port where somebody takes connections and says nothing."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_remote_host_is_knocked_at(doctor: Doctor, listener: int) -> None:
    token = "QMT_SERVER_TOKEN=R7q0xvB2mKc9TgWzL4nYd8sEfHj1uPa6"
    found = doctor(token, f"QMT_SERVER_PORT={listener}", words=("--broker", "qmt-remote"))
    assert found["SERVER_REACHABLE"][0] is FAIL, "the port of the events does not answer"
    assert "SERVER_PORTS" not in found and found["TOKEN"][0] is OK


def test_connect_needs_a_terminal(desk: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr(sys, "argv", ["bullet-trade", "doctor", "--connect"])
    with pytest.raises(SystemExit):
        command.main()
    assert "错误 NO_TERMINAL: " in capsys.readouterr().err


def test_the_remark_is_explained_and_nothing_is_ordered(
    desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bullet-trade", "doctor", "--remark"])
    with pytest.raises(SystemExit):
        command.main()
    said = capsys.readouterr().out
    assert "order_remark" in said and "不会为此下单" in said and "going-live.md" in said
    assert "失败 0 · " in said or "失败      CALENDAR" in said


# -- the vendor's package, there and not there -------------------------------------------------------------------------


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """The installed packages without the vendor's, for a Python that looks nowhere else."""
    site = tmp_path / "site"
    site.mkdir()
    for entry in Path(sysconfig.get_paths()["purelib"]).iterdir():
        if not entry.name.startswith("xtquant"):
            try:
                (site / entry.name).symlink_to(entry)
            except OSError:
                pytest.skip("no right to make links")
    return site


def doctor_with(site: Path, desk: Path) -> dict[str, tuple[Verdict, str]]:
    code = f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(site)!r}]; from cli.__main__ import main; main()"
    words = [sys.executable, "-S", "-c", code, "doctor", "--json", "--broker", "qmt"]
    done = subprocess.run(words, cwd=desk, capture_output=True, timeout=60, check=False)
    assert done.stderr == b""
    return read(done.stdout, done.returncode)


def test_without_the_vendors_wheel(packages: Path, desk: Path) -> None:
    verdict, text = doctor_with(packages, desk)["XTQUANT"]
    assert verdict is FAIL and "没有安装" in text and "pip install" in text


@pytest.mark.parametrize(
    ("version", "python", "verdict"),
    [("250807.1.2", f"{sys.version_info[0]}{sys.version_info[1]}", OK), ("250807.1.2", "36", FAIL)],
)
def test_the_vendors_wheel_is_looked_at_without_importing_it(
    packages: Path, desk: Path, version: str, python: str, verdict: Verdict
) -> None:
    (packages / "xtquant").mkdir()
    (packages / "xtquant" / "__init__.py").write_text("raise SystemExit('imported')\n", encoding="utf-8")
    about = packages / f"xtquant-{version}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: xtquant\nVersion: {version}\n", encoding="utf-8")
    (about / "RECORD").write_text(f"xtquant/xtpythonclient.cp{python}-win_amd64.pyd,,\n", encoding="utf-8")
    assert doctor_with(packages, desk)["XTQUANT"][0] is verdict
