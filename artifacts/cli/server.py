"""The service inside gunicorn, on one machine, as its options say."""

import ipaddress
import multiprocessing
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from gunicorn.app.base import BaseApplication
from oslo_config.cfg import ConfigOpts

from artifacts import config, errors, logs, wsgi
from artifacts.cli.location import DATA
from artifacts.parts import build, check_policy

JSON_LOG = "artifacts.cli.server_log.JsonLog"
Address = tuple[str, int] | None

MOST_WORKERS = 4  # by default: more than that contend for SQLite's one lock
NEXT = """
Artifacts is ready on {url}, and keeps what it gets {where}.
In another terminal, try:

{endpoint}  artifacts types
  artifacts create images my-first disk_format=iso container_format=bare
  artifacts upload images my-first image FILE
  artifacts activate images my-first
  artifacts download images my-first image -o copy
"""


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn, told by code what its command line would be told.

    *read* returns the options as the files now have them, or raises Misconfigured.
    """

    def __init__(
        self, settings: dict[str, Any], conf: ConfigOpts, read: Callable[[], ConfigOpts]
    ) -> None:
        self._settings = settings
        self._conf = conf
        self._read = read
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def reload(self) -> None:
        try:
            self._conf = self._read()
        except Exception as error:  # noqa: BLE001 - gunicorn would end, and the service with it
            click.echo(f"Error: the configuration stays as it was: {error}", err=True)
        super().reload()

    def load(self) -> wsgi.Application:
        return wsgi.make(self._conf)


def configure(data: Path | None, config_files: tuple[Path, ...]) -> ConfigOpts:
    """Return the options; who is asking is nobody's question where no file says anything."""
    default = (wsgi.CONFIG_FILE,) if wsgi.CONFIG_FILE.exists() else ()
    files = config_files or default
    conf = config.load(str(path) for path in files)
    if conf.api.auth is None:
        conf.set_override("auth", "keystone" if files else "none", group="api")
    if data is not None or not conf.data:
        conf.set_override("data", str((data or Path(DATA)).absolute()))
    return conf


def run(
    host: str, port: int, workers: int | None, data: Path | None, config_files: tuple[Path, ...]
) -> None:
    """Serve until a signal ends it; raise Misconfigured if it cannot start."""

    opened: list[Address] = []

    def read() -> ConfigOpts:
        conf = configure(data, config_files)
        check_bind(conf, host)
        check_same_metrics(conf, opened)
        wsgi.check(conf)
        check_policy(conf)
        build(conf).database.close()  # what is wrong is told here, in one sentence
        return conf

    conf = read()
    opened.append(config.metrics_address(conf))
    check_free(host, port)
    check_metrics(conf, port)
    processes = workers or min(multiprocessing.cpu_count(), MOST_WORKERS)
    Server(settings(conf, host, port, processes), conf, read).run()


def check_bind(conf: ConfigOpts, host: str) -> None:
    """Refuse to offer to the whole network what asks nobody who they are."""
    if conf.api.auth == "keystone" or conf.api.allowed_hosts or _loopback(host):
        return
    raise errors.Misconfigured(
        f"--host {host}: with auth = {conf.api.auth} only this machine may be served; name the "
        "host in [api] allowed_hosts if everybody who reaches it may be trusted"
    )


def check_free(host: str, port: int) -> None:
    """Refuse an address that cannot be had, before gunicorn tries and tries again."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        # The standard library adds the address to the reason, in its own way.
        reason = (error.strerror or str(error)).partition(" (")[0]
        raise errors.Misconfigured(f"cannot listen on {host}, port {port}: {reason}") from error


def check_same_metrics(conf: ConfigOpts, opened: list[Address]) -> None:
    """Refuse another port than one is *opened*, which would be everybody's from then on."""
    if opened and config.metrics_address(conf) != opened[0]:
        raise errors.Misconfigured("[metrics] listen: another one needs a new start")


def check_metrics(conf: ConfigOpts, port: int) -> None:
    """Refuse a port of metrics that is taken, or that of everybody."""
    address = config.metrics_address(conf)
    if address is None:
        return
    if address[1] == port:
        raise errors.Misconfigured("[metrics] listen: must have another port than --port")
    check_free(*address)


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def settings(conf: ConfigOpts, host: str, port: int, workers: int) -> dict[str, Any]:
    """Return gunicorn's settings: threads, since an upload keeps one for as long as it takes."""
    log = {"logger_class": JSON_LOG} if conf.log_format == logs.JSON else {}
    return log | {
        "bind": _binds(conf, host, port),
        "workers": workers,
        "worker_class": "artifacts.cli.worker.Worker",
        "threads": conf.api.threads,
        "worker_connections": 1000,
        "keepalive": 30,
        "timeout": 60,
        "graceful_timeout": 30,
        "limit_request_line": conf.limits.max_request_line,
        "limit_request_fields": conf.limits.max_headers,
        "limit_request_field_size": conf.limits.max_header_size,
        "forwarded_allow_ips": "",
        "header_map": "drop",
        "control_socket_disable": True,
        "loglevel": conf.log_level,
        "proc_name": "artifacts",
        "when_ready": lambda server: announce(server, conf),
    }


def _binds(conf: ConfigOpts, host: str, port: int) -> str | list[str]:
    metrics = config.metrics_address(conf)
    return _bind(host, port) if metrics is None else [_bind(host, port), _bind(*metrics)]


def _bind(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def announce(server: Any, conf: ConfigOpts) -> None:
    """Tell a person what to do next."""
    where = f"in {conf.data}" if conf.data else "where the configuration says"
    for listener in server.LISTENERS[:1]:  # a second one is for operators
        url = str(listener).replace("0.0.0.0", "127.0.0.1")  # noqa: S104
        usual = url == "http://127.0.0.1:9494"
        endpoint = "" if usual else f"  export ARTIFACTS_ENDPOINT={url}\n"
        click.echo(NEXT.format(url=url, where=where, endpoint=endpoint))
