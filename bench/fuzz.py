"""Coverage-guided fuzzing of every format, on demand: python bench/fuzz.py FORMAT [seconds]

Needs atheris (`pip install atheris`), which is no dependency of ours. It starts from the format's samples, and from the real
files in ../shared/data where they are. Whatever is neither rows nor a refusal is a fault: the input is written to the
working folder as crash-<hash>. Hypothesis does the same with less search in every test run (tests/importers/test_hostile.py).
"""

import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
SAMPLES = REPOSITORY / "tests" / "importers" / "samples"
SHARED_DATA = REPOSITORY.parent / "shared" / "data"


def seeds(name: str, folder: Path) -> None:
    """Copy what the fuzzer starts from."""
    sources = [*(SAMPLES / name).glob("*"), *(SHARED_DATA / name.partition("-")[0]).glob("*")]
    for number, path in enumerate(path for path in sources if path.is_file() and path.stat().st_size < 200_000):
        (folder / f"{number}-{path.name}").write_bytes(path.read_bytes())


def main() -> None:
    try:
        import atheris
    except ImportError:
        sys.exit("atheris is not here: pip install atheris")
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    name, seconds = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "60"
    with atheris.instrument_imports(include=["importers"]):
        from importers import formats
        from importers.protocol import Payload, PayloadRefused
    reader = formats.get(name)
    corpus = Path(tempfile.mkdtemp(prefix="fuzz-"))
    seeds(name, corpus)
    path = Path(tempfile.mkdtemp(prefix="fuzz-")) / "feed"

    def one(content: bytes) -> None:
        path.write_bytes(content)
        try:
            for row in reader.read(Payload(path, "feed")):
                repr(row).encode("utf-8", "strict")
        except PayloadRefused:
            pass

    atheris.Setup([sys.argv[0], str(corpus), f"-max_total_time={seconds}", "-max_len=20000", "-timeout=10"], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
