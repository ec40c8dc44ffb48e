"""How a stage's pipeline is run"""

import pytest

from pipelines.engine import LOCAL, beam_options, check_flags, is_local, job_name, new_pipeline, stays_here


@pytest.mark.parametrize(
    ("flags", "word"),
    [
        (["--direct_running_mode=multi_threading"], "it loses rows"),
        (["--direct_running_mode", "multi_threading"], "it loses rows"),
        (["--runner=DirectRunner"], "fetches a Go binary"),
        (["--runner=directrunner"], "fetches a Go binary"),
        (["--runner=SwitchingDirectRunner"], "fetches a Go binary"),
        (["--runner=apache_beam.runners.direct.direct_runner.SwitchingDirectRunner"], "fetches a Go binary"),
        (["--runner=DataflowRunner"], "local folders cannot be reached"),
        (["--runner=PortableRunner", "--job_endpoint=elsewhere:8099"], "local folders cannot be reached"),
        (["--runner=PrismRunner"], "fetch a Go binary"),
        (["--runner=prismrunner", "--environment_type=LOOPBACK"], "fetch a Go binary"),
        (["--runner=PrismRunner", "--prism_location=prism", "--environment_type=DOCKER"], "local folders cannot be reached"),
        (["--runner=FlinkRunner", "--flink_master=elsewhere:8081", "--flink_job_server_jar=x"], "local folders cannot be reached"),
        (["--runner=FlinkRunner", "--flink_master=[local]"], "Beam would fetch a job server"),
        (["--colour=blue"], "'--colour=blue' is no flag"),
        (["stray"], "'stray' is no flag"),
    ],
)
def test_flags_that_cannot_be_honoured_are_refused_with_a_word(flags, word):
    (fault,) = check_flags(flags, shared_filesystem=False)
    assert word in fault


def test_all_faults_of_the_flags_are_told_at_once():
    assert (
        len(check_flags(["--colour=blue", "--direct_running_mode=multi_threading", "--runner=DirectRunner"], shared_filesystem=False)) == 3
    )


@pytest.mark.parametrize(
    "flags",
    [
        [],
        ["--direct_running_mode=multi_processing", "--direct_num_workers=2"],
        ["--runner=PortableRunner", "--job_endpoint=localhost:8099", "--environment_type=LOOPBACK"],
        [f"--runner={LOCAL}"],
        ["--runner=fnapi"],
        ["--runner=PrismRunner", "--prism_location=prism"],
        ["--runner=PrismRunner", "--job_endpoint=localhost:8073"],
        ["--runner=FlinkRunner", "--flink_master=[local]", "--flink_job_server_jar=/jars/job-server.jar"],
    ],
)
def test_flags_that_can_be_honoured_are(flags):
    assert check_flags(flags, shared_filesystem=False) == []


SERVER = "name one, --{}=FILE, or where one listens, --job_endpoint=HOST:PORT: docs/engines.md"
ELSE = "leave --runner out for the local engine, or name another"
WANTED = "wanted one of DataflowRunner, FlinkRunner, PortableRunner, PrismRunner, SparkRunner"
STAY = "without a --runner that reads it the run would stay on this machine"


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--runner=direct"], [f"--runner=direct is refused: it fetches a Go binary at run time; {ELSE}"]),
        (["--runner=Interactive"], [f"--runner=Interactive is refused: it fetches a Go binary at run time; {ELSE}"]),
        (["--runner=prism"], [f"--runner=prism: Beam would fetch a Go binary at run time; {SERVER.format('prism_location')}"]),
        (["--runner=flink"], [f"--runner=flink: Beam would fetch a job server at run time; {SERVER.format('flink_job_server_jar')}"]),
        (["--runner=spark"], [f"--runner=spark: Beam would fetch a job server at run time; {SERVER.format('spark_job_server_jar')}"]),
        (
            ["--runner=BundleBasedDirectRunner"],
            [f"--runner=BundleBasedDirectRunner is refused: nothing of this program was tried on it; {ELSE}"],
        ),
        (
            ["--runner=portable"],
            ["--runner=portable: a job server wanted; name where one listens, --job_endpoint=HOST:PORT: docs/engines.md"],
        ),
        (["--runner=Foo"], [f"--runner=Foo: no runner of Beam; {WANTED}"]),
        (["--runner=DataflowRuner"], [f"--runner=DataflowRuner: no runner of Beam; did you mean DataflowRunner? {WANTED}"]),
        (["--runner=no.such.Runner"], [f"--runner=no.such.Runner: no runner of Beam; {WANTED}"]),
        (["--runner=json.Runner"], [f"--runner=json.Runner: no runner of Beam; {WANTED}"]),
        (["--job_endpoint=localhost:1"], [f"--job_endpoint: {STAY}; name one, --runner=PortableRunner"]),
        (["--prism_location=prism", "--runner=fnapi"], [f"--prism_location: {STAY}; name one, --runner=PrismRunner"]),
    ],
)  # fmt: skip
def test_a_runner_is_known_by_every_name_that_beam_takes(flags: list[str], told: list[str]) -> None:
    assert check_flags(flags, shared_filesystem=True) == told


def test_what_beam_cannot_read_is_told_in_a_line_with_all_else(capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--direct_running_mode", "foo", "--direct_num_workers=many", "--runner=DirectRunner", "--colour=blue"]
    faults = [fault.partition(" (choose")[0] for fault in check_flags(flags, shared_filesystem=False)]
    assert faults == [
        "--direct_running_mode: invalid choice: 'foo'",
        "--direct_num_workers: invalid int value: 'many'",
        "'--colour=blue' is no flag of this program or of Beam",
        f"--runner=DirectRunner is refused: it fetches a Go binary at run time; {ELSE}",
    ]
    assert capsys.readouterr().err == ""


def test_a_shared_filesystem_lets_any_runner_in():
    assert check_flags(["--runner=DataflowRunner"], shared_filesystem=True) == []
    assert len(check_flags(["--runner=DirectRunner"], shared_filesystem=True)) == 1


def options(*flags: str, workers: int = 4, processes: bool = False) -> tuple[str, str, int]:
    given = beam_options(flags, workers=workers, processes=processes).get_all_options()
    return given["runner"], given["direct_running_mode"], given["direct_num_workers"]


def test_the_runner_is_always_named():
    assert options() == (LOCAL, "in_memory", 1)
    assert options(processes=True) == (LOCAL, "multi_processing", 4)
    assert options(processes=True, workers=1) == (LOCAL, "in_memory", 1)


def test_what_the_user_says_of_the_engine_goes_first():
    assert options("--direct_running_mode=multi_processing") == (LOCAL, "multi_processing", 4)
    assert options("--direct_running_mode=in_memory", processes=True) == (LOCAL, "in_memory", 1)
    assert options("--direct_running_mode=multi_processing", "--direct_num_workers=3") == (LOCAL, "multi_processing", 3)
    assert options("--runner=PortableRunner", "--job_endpoint=localhost:1")[0] == "PortableRunner"


def test_a_job_on_a_job_server_has_a_name_of_its_stage_and_its_out():
    name = job_name("screen", "gs://a/out", "default")
    assert name == job_name("screen", "gs://a/out", "default") == "medical-corpus-screen-73c8b2f8a970"
    others = [job_name("match", "gs://a/out", "default"), job_name("screen", "out", "default"), job_name("screen", "gs://a/out", "x")]
    assert len({name, *others}) == 4


PORTABLE = ("--runner=PortableRunner", "--job_endpoint=localhost:1")


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [
        (PORTABLE, ("ours", 10_000)),
        ((*PORTABLE, "--job_name=mine", "--environment_cache_millis=5"), ("mine", 5)),
        ((), (None, 0)),
    ],
)
def test_what_the_user_says_of_a_job_goes_first(flags, wanted):
    given = beam_options(flags, workers=2, processes=False, name="ours").get_all_options()
    assert (given["job_name"], int(given["environment_cache_millis"])) == wanted


def test_the_local_engine_is_known():
    assert is_local(beam_options((), workers=2, processes=True))
    assert is_local(beam_options(("--runner=fnapi",), workers=2, processes=True))
    assert not is_local(beam_options(PORTABLE, workers=2, processes=True))


def test_what_runs_in_threads_of_this_process_stays_here():
    assert stays_here("out", ["--runner=PrismRunner", "--prism_location=prism"])
    assert not stays_here("out", ["--runner=PrismRunner", "--prism_location=prism", "--environment_type=PROCESS"])
    assert not stays_here("out", ["--runner=FlinkRunner", "--flink_master=elsewhere:8081"])


def test_a_pipeline_leaves_no_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for flags in ((), ("--direct_running_mode=multi_processing",), PORTABLE):
        new_pipeline(beam_options(flags, workers=2, processes=False))
    assert list(tmp_path.glob("beam-pipeline-temp*")) == []
