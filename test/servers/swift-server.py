"""For tests: OpenStack Swift with its S3 API, all of it in this one process; the folder and the port are given."""
import os
import sys
from time import time as now

import eventlet

eventlet.patcher.monkey_patch()

FOLDER, PORT = sys.argv[1], int(sys.argv[2])
DEVICE = 'd0'
SERVERS = ('account', 'container', 'object')

CONFIGURATION = {
    'swift.conf': """
[swift-hash]
swift_hash_path_suffix = test
swift_hash_path_prefix = test
[storage-policy:0]
name = only
default = yes
""",
    'proxy.conf': """
[DEFAULT]
swift_dir = {folder}
[pipeline:main]
pipeline = catch_errors gatekeeper listing_formats s3api tempauth copy slo versioned_writes proxy-logging proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
log_level = ERROR
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
s3_acl = false
check_bucket_owner = false
auth_pipeline_check = true
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
[filter:versioned_writes]
use = egg:swift#versioned_writes
[filter:proxy-logging]
use = egg:swift#proxy_logging
""",
}
BACKEND = """
[DEFAULT]
swift_dir = {folder}
devices = {folder}/devices
mount_check = false
[app:main]
use = egg:swift#{server}
"""


class Memory:
    """What a memcached would hold."""

    def __init__(self):
        self.values = {}

    def get(self, key, *_, **__):
        value, until = self.values.get(key, (None, 0))
        return value if until > now() else None

    def set(self, key, value, *_, time=0, **__):
        self.values[key] = (value, now() + (time or 3600))

    def incr(self, key, delta=1, time=0, **__):
        value = int(self.get(key) or 0) + delta
        self.set(key, value, time=time)
        return value

    def decr(self, key, delta=1, time=0, **__):
        return self.incr(key, -delta, time)

    def delete(self, key, *_, **__):
        self.values.pop(key, None)


def listen(port):
    return eventlet.listen(('127.0.0.1', port), backlog=128)


def main():
    for name, text in CONFIGURATION.items():
        with open(os.path.join(FOLDER, name), 'w') as file:
            file.write(text.format(folder=FOLDER))
    os.makedirs(os.path.join(FOLDER, 'devices', DEVICE))

    from swift.common import utils
    utils.set_swift_dir(FOLDER)
    utils.validate_hash_conf()
    from swift.common.storage_policy import reload_storage_policies
    reload_storage_policies()

    from eventlet import wsgi
    from swift.common.ring import RingBuilder
    from swift.common.wsgi import loadapp

    sockets = {server: listen(0) for server in SERVERS}
    for server in SERVERS:
        builder = RingBuilder(4, 1, 0)
        builder.add_dev({'id': 0, 'region': 1, 'zone': 1, 'weight': 1.0, 'device': DEVICE, 'meta': '',
                         'ip': '127.0.0.1', 'port': sockets[server].getsockname()[1],
                         'replication_ip': '127.0.0.1', 'replication_port': sockets[server].getsockname()[1]})
        builder.rebalance()
        builder.get_ring().save(os.path.join(FOLDER, server + '.ring.gz'))

    logger = utils.get_logger({'log_level': 'ERROR'}, 'swift')
    null = open(os.devnull, 'w')

    def serve(socket, app):
        eventlet.spawn(wsgi.server, socket, app, log=null, log_output=False, debug=False)

    for server in SERVERS:
        path = os.path.join(FOLDER, server + '.conf')
        with open(path, 'w') as file:
            file.write(BACKEND.format(folder=FOLDER, server=server))
        serve(sockets[server], loadapp(path, global_conf={'log_level': 'ERROR'}))

    memory = Memory()
    proxy = loadapp(os.path.join(FOLDER, 'proxy.conf'), global_conf={'log_level': 'ERROR'})

    def with_memory(env, start_response):
        env['swift.cache'] = memory
        return proxy(env, start_response)

    serve(listen(PORT), with_memory)
    print('ready', flush=True)
    # It ends with the process that started it.
    while os.getppid() != 1:
        eventlet.sleep(1)


main()
