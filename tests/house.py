"""The rules of the house, read off the syntax tree: one-way imports, one home for each tool, small and plain files."""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property

PRODUCT = ("common", "services", "jqdata", "jqlib", "jqfactor", "kuanke", "sim", "cli", "configs", "strategies")
FOLDERS = (*PRODUCT, "benchmarks", "tests")

# Who may import what of ours; the first row that fits the importing module counts.
MAY_IMPORT = {
    "common*": "common*",
    "jqdata*": "common* jqdata*",
    "jqlib*": "jqdata* jqlib* jqfactor*",
    "jqfactor*": "jqdata* jqfactor*",
    "kuanke*": "jqdata* kuanke*",
    "services.gateway.brokers.simulator*": "common* services.gateway* sim.exchange*",
    "services.gateway.quotes*": "common* services.gateway* sim.market*",
    "services.gateway*": "common* services.gateway*",
    "services.risk*": "common* services.risk*",
    "services.state*": "common* services.state*",
    "services.alerts*": "common* services.alerts*",
    "services.strategy*": "common* services.strategy* jqdata*",
    "services.proxy*": "common* services.proxy*",
    "services": "",
    "sim.exchange*": "common* sim.exchange*",
    "sim.market*": "common* sim.market*",
    "sim*": "common* jqdata* services* sim*",
    "cli*": "common* jqdata* jqlib* services* sim* configs* cli*",
    "configs*": "common* configs*",
    "strategies*": "jqdata* jqlib* jqfactor* kuanke*",
    "benchmarks*": "common* jqdata* services* sim* configs* cli* benchmarks*",
    "tests*": "*",
}

CLOCK_READS = (
    "time.time time.time_ns time.monotonic time.monotonic_ns time.perf_counter time.perf_counter_ns time.localtime "
    "time.gmtime datetime.datetime.now datetime.datetime.utcnow datetime.datetime.today datetime.date.today "
    "pandas.Timestamp.now pandas.Timestamp.today pandas.Timestamp.utcnow"
)
POSIX_ONLY = (
    "os.fork* os.setsid os.setpgrp os.setpgid os.getpgid os.killpg os.getuid os.geteuid os.mkfifo os.uname os.wait* "
    "os.nice os.sched_* signal.SIGKILL signal.SIGHUP signal.SIGUSR* signal.SIGQUIT signal.SIGCHLD signal.SIGALRM "
    "signal.SIGSTOP signal.SIGCONT signal.alarm signal.setitimer signal.pause "
    "fcntl* resource pwd grp termios tty pty posix syslog"
)
# Each tool and the only files that touch it; tests may touch anything.
HOMES = {
    "zmq zmq.*": "common/bus.py common/link.py services/proxy/sockets.py benchmarks/*",
    "msgpack msgpack.*": "common/wire.py common/journal.py",
    "msgspec msgspec.Struct msgspec.field msgspec.UNSET msgspec.UnsetType msgspec.Meta msgspec.structs*": (
        "common/messages/*.py common/wire.py common/journal.py"
    ),
    "msgspec.msgpack* msgspec.json* msgspec.Raw msgspec.convert msgspec.to_builtins msgspec.*Error": (
        "common/wire.py common/journal.py"
    ),
    "xtquant xtquant.*": "services/gateway/brokers/qmt/* services/gateway/quotes/feeds/xtdata*",
    CLOCK_READS: "common/clock.py benchmarks/*",
    "os.environ* os.getenv os.putenv os.unsetenv": "*/__main__.py cli/* benchmarks/*",
    POSIX_ONLY: "common/host_os.py",
    "print": "cli/* benchmarks/* strategies/*",
}

PURE = (
    "*/core.py */rules.py */schedule.py */reconcile.py sim/exchange* "
    "common/session.py common/orders.py common/portfolio.py"
) + "".join(
    f" services/gateway/brokers/qmt/{part}.py"
    for part in [
        "account",
        "books",
        "calls",
        "cancels",
        "hours",
        "link",
        "owners",
        "reading",
        "reports",
        "sieve",
        "states",
        "submits",
        "translate",
    ]
)
# The parts of the QMT line's core, beside its core.py.
_QMT = "account books calls cancels hours link owners reading reports sieve states submits texts translate"
PURE += "".join(f" services/gateway/brokers/qmt/{part}.py" for part in _QMT.split())
IMPURE = (
    "os socket threading multiprocessing subprocess asyncio concurrent time logging structlog pathlib io shutil "
    "tempfile zmq sqlite3 sqlalchemy secrets uuid"
)
VAGUE = {"utils", "util", "helpers", "helper", "manager", "base", "data", "info"}
LEFT_OVER = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
FILE_LINES, FUNCTION_LINES = 400, 50


@dataclass(frozen=True)
class Source:
    """One Python file: where it lies, seen from the root, and what it says."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def module(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def is_test(self) -> bool:
        return self.path.startswith("tests/")

    def at(self, line: int, said: str) -> str:
        return f"{self.path}:{line} {said}"


Check = Callable[[Source], Iterator[str]]


def fits(name: str, patterns: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns.split())


def imports(source: Source) -> Iterator[tuple[int, str, str]]:
    """Every import as (line, the name as it is used here, the dotted name it stands for)."""
    package = source.module.split(".") if source.path.endswith("__init__.py") else source.module.split(".")[:-1]
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield node.lineno, name.asname or name.name, name.name
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*above, *([node.module] if node.module else [])])
            for name in node.names:
                yield node.lineno, name.asname or name.name, f"{stem}.{name.name}"
        elif isinstance(node, ast.Call) and called(node) in ("import_module", "__import__"):
            for constant in (arg for arg in node.args[:1] if isinstance(arg, ast.Constant)):
                yield node.lineno, "", str(constant.value)


def uses(source: Source) -> Iterator[tuple[int, str]]:
    """Every imported name where it is imported and where it is used, in full, and `print`."""
    meaning: dict[str, str] = {}
    for line, bound, dotted in imports(source):
        root = bound.split(".")[0]
        meaning[root] = dotted if root == bound else root
        yield line, dotted
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute | ast.Name):
            root, _, rest = spelled(node).partition(".")
            if root in meaning:
                yield node.lineno, meaning[root] + ("." + rest if rest else "")
            elif root == "print" and isinstance(node, ast.Name):
                yield node.lineno, "print"


def spelled(node: ast.expr) -> str:
    """`a.b.c` as it is written; what is no chain of names starts with a question mark."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            return f"{spelled(value)}.{attr}"
        case _:
            return "?"


def called(node: ast.Call) -> str:
    return spelled(node.func).rpartition(".")[2]


def imports_go_one_way(source: Source) -> Iterator[str]:
    row = next((row for row in MAY_IMPORT if fnmatchcase(source.module, row)), None)
    if row is None:
        yield source.at(1, "lies in a folder that has no row in MAY_IMPORT")
        return
    for line, _, dotted in imports(source):
        if dotted.split(".")[0] in FOLDERS and not fits(dotted, MAY_IMPORT[row]):
            yield source.at(line, f"imports {dotted}; {row} may import: {MAY_IMPORT[row] or 'nothing of ours'}")


def tools_stay_at_home(source: Source) -> Iterator[str]:
    if source.is_test:
        return
    for line, dotted in uses(source):
        for tool, home in HOMES.items():
            if fits(dotted, tool) and not fits(source.path, home):
                yield source.at(line, f"uses {dotted}, whose home is {home}")


def cores_are_pure(source: Source) -> Iterator[str]:
    if source.is_test or not fits(source.path, PURE):
        return
    for line, _, dotted in imports(source):
        if fits(dotted.split(".")[0], IMPURE):
            yield source.at(line, f"a core imports {dotted}")
    for line, dotted in uses(source):
        if dotted.startswith("random.") and dotted != "random.Random":
            yield source.at(line, f"a core draws {dotted}; a random.Random is handed in")
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and spelled(node.func) in ("open", "input", "Random", "random.Random"):
            yield source.at(node.lineno, f"a core calls {spelled(node.func)}()")


def files_and_functions_are_small(source: Source) -> Iterator[str]:
    length = len(source.text.splitlines())
    if length > FILE_LINES:
        yield source.at(1, f"has {length} lines, more than {FILE_LINES}")
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                yield source.at(node.lineno, f"{node.name} has {length} lines, more than {FUNCTION_LINES}")


def broad_excepts_say_why(source: Source) -> Iterator[str]:
    excused = comment_lines(source)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler):
            broad = node.type is None or is_broad(node.type)
        else:
            broad = isinstance(node, ast.Call) and called(node) == "suppress" and any(map(is_broad, node.args))
        if broad and node.lineno not in excused:
            yield source.at(node.lineno, "catches everything and no comment on the line says why")


def is_broad(node: ast.expr) -> bool:
    names = node.elts if isinstance(node, ast.Tuple) else [node]
    return any(spelled(name).rpartition(".")[2] in ("Exception", "BaseException") for name in names)


def comment_lines(source: Source) -> set[int]:
    tokens = tokenize.generate_tokens(io.StringIO(source.text).readline)
    return {token.start[0] for token in tokens if token.type == tokenize.COMMENT}


def modules_say_what_they_are_for(source: Source) -> Iterator[str]:
    if source.tree.body and not ast.get_docstring(source.tree):
        yield source.at(1, "has no module docstring")


def words_are_plain(source: Source) -> Iterator[str]:
    for number, line in enumerate(source.text.splitlines(), 1):
        if found := LEFT_OVER.search(line):
            yield source.at(number, f"leaves a {found[0]} behind")
    if vague := VAGUE & set(source.path.removesuffix(".py").split("/")):
        yield source.at(1, f"has a name that names nothing: {', '.join(vague)}")


def text_files_name_their_encoding(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and is_text(node) and "encoding" not in {word.arg for word in node.keywords}:
            yield source.at(node.lineno, f"{called(node)}() without encoding=")


def is_text(node: ast.Call) -> bool:
    """Whether a call opens, reads or writes text, where Windows would choose the code page of the machine."""
    mode_at = 0 if isinstance(node.func, ast.Attribute) else 1
    words = {word.arg: word.value for word in node.keywords}
    mode = words.get("mode", node.args[mode_at] if len(node.args) > mode_at else None)
    written = mode.value if isinstance(mode, ast.Constant) else None
    match called(node):
        case "read_text" | "write_text" | "FileHandler" | "TimedRotatingFileHandler" | "RotatingFileHandler":
            return True
        case "open" if isinstance(node.func, ast.Name):
            return "b" not in str(written)
        case "open":
            # A broker or a journal is opened too: only what is given a file mode is taken for a file.
            return isinstance(written, str) and re.fullmatch(r"[rwax]t?\+?", written) is not None
        case _:
            as_text = words.get("text", words.get("universal_newlines"))
            return isinstance(as_text, ast.Constant) and as_text.value is True


def loopback_is_tcp(source: Source) -> Iterator[str]:
    if source.is_test:
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "ipc://" in node.value:
            yield source.at(node.lineno, "uses ipc, which Windows does not have")


CHECKS: tuple[Check, ...] = (
    imports_go_one_way,
    tools_stay_at_home,
    cores_are_pure,
    files_and_functions_are_small,
    broad_excepts_say_why,
    modules_say_what_they_are_for,
    words_are_plain,
    text_files_name_their_encoding,
    loopback_is_tcp,
)
