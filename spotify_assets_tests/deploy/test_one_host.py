"""`deploy/compose.yaml`: what it resolves to, and its services as processes on a real PostgreSQL.

The slow tests share one host, each with weeks of its own.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml

from spotify_assets.defs.inbox_sensor import NEW_RAW_FILES
from spotify_assets.defs.schedule import DAILY_UPDATE
from spotify_assets.layout import INBOX
from spotify_assets.settings import PREFIX
from spotify_assets_tests.commands import BIN, PROJECT, Ended, run
from spotify_assets_tests.dagster_runs import ALL_ASSETS, WEEKS
from spotify_assets_tests.dagster_servers import Server, free_port, start, wait_for
from spotify_assets_tests.deployed_files import read_yaml, variables_read
from spotify_assets_tests.raw_samples import chart_csv, csv_name
from spotify_assets_tests.terraform_commands import DEPLOY

PASSWORD = {"POSTGRES_PASSWORD": "fjord/fell: 7"}
SETTINGS = PASSWORD | {
    f"{PREFIX}SCHEDULE_CRON": "* * * * *",
    f"{PREFIX}FIRST_WEEK": WEEKS[0].isoformat(),
}
IN_ORDER = ("postgres", "code", "daemon", "web")
OWNER = None if os.geteuid() else "postgres"  # of the database: never root
POSTGRES = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/usr/local/bin"))
GRACE = 600
LOCATION = {"repositoryName": "__repository__", "repositoryLocationName": "spotify_assets"}
RUNS = "query { runsOrError { ... on Runs { results { runId status } } } }"
MADE = """
query ($key: AssetKeyInput!) { assetOrError(assetKey: $key) { ... on Asset {
  assetMaterializations { partition runId } } } }
"""
SCHEDULE = """
query ($selector: ScheduleSelector!) { scheduleOrError(scheduleSelector: $selector) {
  ... on Schedule { scheduleState { id status ticks { tickId status timestamp } } } } }
"""
STOP_SCHEDULE = """
mutation ($id: String!) { stopRunningSchedule(id: $id) {
  ... on ScheduleStateResult { scheduleState { status } } } }
"""
SENSOR = """
query ($selector: SensorSelector!) { sensorOrError(sensorSelector: $selector) {
  ... on Sensor { sensorState { status ticks { tickId status cursor runIds } } } } }
"""


# What the file resolves to


def config(folder: Path, settings: dict[str, str]) -> Ended:
    """Run `docker compose config` in a folder with the file and these settings in `.env`, or skip.

    Debian 12 has Compose in its first edition, which doesn't know the project's name.
    """
    folder.mkdir(exist_ok=True)
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    command = ["docker", "compose"]
    exported = {f"{PREFIX}BASE": "~/spotify-charts"}  # as the README has it, and not for this host
    here = exported | {"PATH": os.environ["PATH"], "HOME": str(folder)}
    if not shutil.which("docker") or run([*command, "version"], folder, here).returncode:
        command = ["docker-compose"]
        text = text.replace("\nname: spotify-charts\n", "\n")
        if not shutil.which(*command):
            pytest.skip("Docker Compose isn't installed (Debian's package docker-compose)")
    (folder / "compose.yaml").write_text(text, encoding="utf-8")
    lines = "".join(f"{name}={value}\n" for name, value in settings.items())
    (folder / ".env").write_text(lines, encoding="utf-8")
    return run([*command, "config"], folder, here)


def services(folder: Path, settings: dict[str, str]) -> dict[str, Any]:
    """Return the services as Compose reads them."""
    ended = config(folder, settings)
    assert ended.returncode == 0, ended.stderr
    resolved: dict[str, Any] = yaml.safe_load(ended.stdout)["services"]
    return resolved


def image_variables() -> dict[str, str]:
    """Return the variables that the image sets, before which a service's own go."""
    dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    return dict(re.findall(r"^(?:ENV|   ) (\w+)=(\S+)", dockerfile, re.MULTILINE))


def test_without_a_password_nothing_starts_and_the_message_says_where_to_write_it(
    tmp_path: Path,
) -> None:
    ended = config(tmp_path, {"WEB": "3000"})
    assert ended.returncode != 0
    assert "write POSTGRES_PASSWORD=... into deploy/.env" in ended.stderr


def test_every_service_is_started_again_and_watched_and_the_web_server_is_for_this_host_only(
    tmp_path: Path,
) -> None:
    found = services(tmp_path, PASSWORD)
    assert sorted(found) == sorted(IN_ORDER)
    assert {its["restart"] for its in found.values()} == {"unless-stopped"}
    assert all(its["healthcheck"]["test"] for its in found.values())
    assert [name for name, its in found.items() if its.get("ports")] == ["web"]
    assert "127.0.0.1" in str(found["web"]["ports"])


def test_the_settings_reach_the_code_location_alone(tmp_path: Path) -> None:
    ours = {f"{PREFIX}BASE": "s3://fjord/charts", "SPOTIPY_CLIENT_SECRET": "made up"}
    found = services(tmp_path, PASSWORD | ours | {"CHARTS": "/mnt/charts"})
    assert found["code"]["environment"].items() >= ours.items()
    assert "/mnt/charts" in str(found["code"]["volumes"])
    assert "made up" not in str([its for name, its in found.items() if name != "code"])
    assert f"{PREFIX}BASE" not in services(tmp_path, PASSWORD)["code"]["environment"]
    assert image_variables()[f"{PREFIX}BASE"] == "/srv/charts"


@pytest.mark.parametrize("name", ["dagster.yaml", "workspace.yaml"])
def test_every_variable_that_is_read_is_set_for_every_service_of_dagsters(
    name: str, tmp_path: Path
) -> None:
    found = services(tmp_path, PASSWORD)
    for service in IN_ORDER[1:]:
        assert variables_read(read_yaml(name)) <= found[service]["environment"].keys()


# The services without containers


class Host:
    """A machine that runs each service as its container would, with Debian's PostgreSQL.

    Instead of a container's paths and ports it uses a folder and free ports.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.services = services(folder / "deploy", SETTINGS)
        self.ports = {port: str(free_port()) for port in ("3000", "4000", "5432")}
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.image = folder / "opt" / "dagster"
        dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
        for copied in re.findall(r"^COPY (deploy/.*)", dockerfile, re.MULTILINE):
            *sources, to = copied.split()
            for source in sources:
                target = self.image / to / (Path(source).name if to.endswith("/") else "")
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(self.here((DEPLOY.parent / source).read_text(encoding="utf-8")))
        self.charts = folder / "srv" / "charts"
        self.inbox = self.charts / INBOX
        self.inbox.mkdir(parents=True)
        self.data = folder / "var" / "lib" / "postgresql" / "data"

    def here(self, text: str) -> str:
        """Return a text with this machine's paths, addresses and ports for a container's."""
        text = re.sub(r"/(opt/dagster|srv/charts)\b", rf"{self.folder}/\1", text)
        text = text.replace("0.0.0.0", "127.0.0.1")
        return re.sub(r"\b(3000|4000|5432)\b", lambda found: self.ports[found[0]], text)

    def environment(self, service: str) -> dict[str, str]:
        """Return a service's variables; the services that it names are on this machine."""
        given = image_variables() | self.services[service]["environment"]
        hosts = dict.fromkeys((n for n in given if n.endswith("_HOST")), "127.0.0.1")
        path = os.pathsep.join([str(BIN), str(POSTGRES), os.environ["PATH"]])
        around = {"PATH": path, "HOME": str(self.folder), "PGPORT": self.ports["5432"]}
        return around | {name: self.here(value) for name, value in given.items()} | hosts

    def run(self, service: str, *words: str) -> Ended:
        """Run a command in a service's container."""
        return run([self.here(word) for word in words], self.image, self.environment(service))

    def is_healthy(self, service: str) -> bool:
        """Run a service's own health check."""
        said = (self.folder / f"{service}.log").read_text(encoding="utf-8")
        assert self.running[service].poll() is None, f"{service} ended:\n{said}"
        return self.run(service, *self.services[service]["healthcheck"]["test"][1:]).returncode == 0

    def start(self, *names: str) -> None:
        """Start services and wait until they are healthy."""
        for name in names:
            output, environment = self.folder / f"{name}.log", self.environment(name)
            if name == "postgres":
                self._start_postgres(environment, output)
            else:
                command = [self.here(word) for word in self.services[name]["command"]]
                self.running[name] = start(command, environment, output, self.image)
            wait_for(lambda name=name: self.is_healthy(name), f"{name} to be healthy")

    def _start_postgres(self, environment: dict[str, str], output: Path) -> None:
        """Do what the image does: make the database with its user when there is none, and serve it."""
        user = environment["POSTGRES_USER"]
        if not self.data.exists():
            self.data.mkdir(parents=True)
            if OWNER:
                shutil.chown(self.data, OWNER)
            word = self.folder / "word"
            word.write_text(environment["POSTGRES_PASSWORD"], encoding="utf-8")
            command = f"initdb -D {self.data} -U {user} --pwfile {word} -A scram-sha-256".split()
            subprocess.run(command, env=environment, check=True, user=OWNER, capture_output=True)
        command = ["postgres", "-D", str(self.data), "-k", "", "-h", "127.0.0.1"]
        self.running["postgres"] = start(command, environment, output, self.data, OWNER)
        wait_for(lambda: self.is_healthy("postgres"), "postgres to be healthy")
        login = {"PGPASSWORD": environment["POSTGRES_PASSWORD"]}
        words = ["createdb", "-h", "127.0.0.1", "-U", user, environment["POSTGRES_DB"]]
        run(words, self.image, environment | login)  # fails when it is there

    def stop(self, *names: str, kill: bool = False) -> None:
        """Stop services as Docker does: a signal to the first process, and the end of all others."""
        for name in names:
            process = self.running.pop(name)
            if not kill:
                # The image of Postgres asks for this signal, at which it waits for no client.
                process.send_signal(signal.SIGINT if name == "postgres" else signal.SIGTERM)
                process.wait(GRACE)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def type_in(self, heading: str) -> None:
        """Type the commands of a part of the page that run something in a container."""
        page = (PROJECT / "docs" / "one_host.md").read_text(encoding="utf-8")
        block = page.partition(f"\n## {heading}\n")[2].partition("```sh\n")[2].partition("```")[0]
        login = {"PGHOST": "127.0.0.1", "PGPASSWORD": PASSWORD["POSTGRES_PASSWORD"]}
        for line in block.splitlines():
            if found := re.fullmatch(r"docker compose (?:exec|run)(?: -\S+)* (\w+) (.*)", line):
                service, command = found.groups()
                here = self.environment(service) | (login if service == "postgres" else {})
                ended = run(["sh", "-c", self.here(command)], self.folder, here)
                assert ended.returncode == 0, f"{line}\n{ended.stderr}"

    @property
    def web(self) -> Server:
        """The web server."""
        url = f"http://127.0.0.1:{self.ports['3000']}"
        return Server(url, self.running["web"], self.folder / "web.log")

    def drop(self, week: date) -> None:
        """Put a chart file into the inbox."""
        (self.inbox / csv_name(week)).write_bytes(chart_csv([f"Fjordlys {week:%j}", "Snø i mai"]))

    def runs(self) -> Counter[str]:
        """Return how many runs there are of each status."""
        found = self.web.ask(RUNS)["runsOrError"]["results"]
        return Counter(each["status"] for each in found)

    def made(self, asset: str) -> list[tuple[str, str]]:
        """Return week and run of every materialization of an asset."""
        found = self.web.ask(MADE, key={"path": [asset]})["assetOrError"]["assetMaterializations"]
        return sorted((each["partition"], each["runId"]) for each in found)

    def schedule(self) -> Any:
        """Return the schedule's state and ticks."""
        selector = LOCATION | {"scheduleName": DAILY_UPDATE}
        return self.web.ask(SCHEDULE, selector=selector)["scheduleOrError"]["scheduleState"]

    def schedule_skipped(self) -> bool:
        """Return whether the schedule has ticked and requested no run."""
        return "SKIPPED" in {tick["status"] for tick in self.schedule()["ticks"]}

    def sensor(self) -> Any:
        """Return the inbox sensor's state and ticks, the latest first."""
        selector = LOCATION | {"sensorName": NEW_RAW_FILES}
        return self.web.ask(SENSOR, selector=selector)["sensorOrError"]["sensorState"]

    def remembers(self) -> Any:
        """Return the schedule's state, the sensor's cursor, and what was made of every asset."""
        ticks = self.sensor()["ticks"]
        cursor = next(tick["cursor"] for tick in ticks if tick["status"] == "SUCCESS")
        return self.schedule(), cursor, [self.made(asset) for asset in ALL_ASSETS]


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """A host with everything started, whose schedule ticked and was then switched off; or skip."""
    if not (POSTGRES / "initdb").exists():
        pytest.skip("PostgreSQL isn't installed (Debian's package postgresql)")
    with TemporaryDirectory() as name:
        folder = Path(name).resolve()
        folder.chmod(0o755)  # PostgreSQL refuses to run as root
        host = Host(folder)
        try:
            host.start(*IN_ORDER)
            wait_for(host.schedule_skipped, "the schedule to tick and to find no stale week")
            host.web.ask(STOP_SCHEDULE, id=host.schedule()["id"])
            yield host
        finally:
            host.stop(*host.running, kill=True)


@pytest.mark.slow
def test_after_a_stop_everything_goes_on_where_it_was_and_nothing_is_done_twice(host: Host) -> None:
    host.drop(WEEKS[0])
    wait_for(lambda: host.runs() == {"SUCCESS": 1}, "the run of the first file")
    assert list(host.inbox.iterdir()) == []

    before = host.remembers()
    host.stop(*reversed(IN_ORDER))
    host.start(*IN_ORDER)
    assert host.remembers() == before
    assert before[0]["status"] == "STOPPED"  # by default it is on
    host.drop(WEEKS[1])
    wait_for(lambda: host.runs() == {"SUCCESS": 2}, "the run of the second file")
    weeks = [week.isoformat() for week in WEEKS[:2]]
    assert [week for week, _ in host.made("songs")] == weeks
    assert host.made("songs")[:1] == before[2][ALL_ASSETS.index("songs")]
    doctor = host.run("code", "spotify-assets", "doctor")
    assert "All well." in doctor.stdout, doctor


@pytest.mark.slow
def test_a_run_is_finished_before_a_stop_and_one_that_was_killed_runs_again(host: Host) -> None:
    before = host.runs()["SUCCESS"]
    host.drop(WEEKS[2])
    wait_for(lambda: host.runs()["STARTED"], "a run to be at work")
    host.stop("code")
    assert host.runs() == {"SUCCESS": before + 1}
    host.start("code")
    host.drop(WEEKS[3])
    wait_for(lambda: host.runs()["STARTED"], "a run to be at work")
    host.stop("code", kill=True)
    assert host.runs()["STARTED"] == 1
    host.start("code")
    wait_for(lambda: host.runs() == {"SUCCESS": before + 2, "FAILURE": 1}, "the run's second try")
    assert host.made("songs")[-1][0] == WEEKS[3].isoformat()


@pytest.mark.slow
def test_what_the_page_says_of_backups_brings_an_empty_host_back(host: Host) -> None:
    succeeded = host.runs()["SUCCESS"]
    host.drop(WEEKS[4])
    wait_for(lambda: host.runs()["SUCCESS"] == succeeded + 1, "the run of the file")
    before = host.remembers(), host.runs()
    host.type_in("Back up")
    host.stop(*reversed(IN_ORDER))
    for folder in (host.data, host.charts):
        shutil.rmtree(folder)
    host.charts.mkdir()
    host.start("postgres")
    host.type_in("Restore")
    host.type_in("Update")
    host.start(*IN_ORDER[1:])
    assert (host.remembers(), host.runs()) == before
    query = f"SELECT count(*) AS n FROM songs WHERE week = DATE '{WEEKS[4]}'"
    assert host.run("code", "spotify-assets", "query", "--csv", query).stdout.split() == ["n", "2"]
