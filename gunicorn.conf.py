"""How gunicorn serves the desk, read by itself where gunicorn starts in this folder; options given to it go before.

The time limits are settings of the desk (WEB_…).
"""

# Reads a request whole before a thread answers it: whoever sends or reads slowly holds nobody up (decision 23).
worker_class = "vipdesk.web.worker.DeskWorker"
workers = 2
threads = 4
# Per worker; past it, whoever has let the worker wait longest is dropped.
worker_connections = 400
keepalive = 5
loglevel = "warning"
control_socket_disable = True
