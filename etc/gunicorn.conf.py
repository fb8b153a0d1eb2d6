"""Settings for `gunicorn --config etc/gunicorn.conf.py artifacts.wsgi:application`.

They are those of `artifacts serve`, except `workers`, of which that takes four at most by default.
The service itself is configured by the file that the environment variable ARTIFACTS_CONFIG_FILE
names, else by /etc/artifacts/artifacts.conf.
"""

import multiprocessing

bind = "127.0.0.1:9494"

# A process each CPU, and threads in each, since an upload keeps one for as long as it takes.
workers = multiprocessing.cpu_count()
worker_class = "artifacts.cli.worker.Worker"  # gthread, and no client is silent for ever
threads = 64
worker_connections = 1000

keepalive = 30
timeout = 60  # seconds for a worker to show that it lives, not for a request
graceful_timeout = 30

limit_request_line = 8190
limit_request_fields = 64
limit_request_field_size = 8190

# No header says who a proxy speaks for, and no socket lets anybody steer the server.
forwarded_allow_ips = ""
header_map = "drop"  # names with an underscore, which look like those with a hyphen behind it
control_socket_disable = True

proc_name = "artifacts"
loglevel = "info"
# accesslog = "-"  # one line for each request, to standard output
