"""A hundred interrupts, a restart, and a server that dies: nothing stays behind."""
import os
import signal
import subprocess
import sys
import time

from jupyter_client.manager import KernelManager


def start():
    manager = KernelManager(kernel_name="moelab")
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    return manager, client


def until(client, request, stop):
    while True:
        message = client.get_iopub_msg(timeout=60)
        if message["parent_header"].get("msg_id") == request and stop(message):
            return message


def reply(client, request):
    while True:
        message = client.get_shell_msg(timeout=60)
        if message["parent_header"].get("msg_id") == request:
            return message["content"]


def idle(message):
    return message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"


def run(client, code):
    request = client.execute(code)
    until(client, request, idle)
    return reply(client, request)


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(pid):
    end = time.time() + 30
    while alive(pid) and time.time() < end:
        time.sleep(0.1)
    return not alive(pid)


if len(sys.argv) > 1:
    # A server of its own, which its test kills.
    manager, client = start()
    print(manager.provisioner.process.pid, flush=True)
    time.sleep(300)

manager, client = start()
pid = manager.provisioner.process.pid


def threads():
    return len(os.listdir(f"/proc/{pid}/task"))


assert run(client, "var kept = 40;")["status"] == "ok"
for i in range(100):
    request = client.execute('Console.WriteLine("in"); while (true) { }')
    until(client, request, lambda m: m["msg_type"] == "stream")
    if i == 10:
        before = threads()
    manager.interrupt_kernel()
    until(client, request, idle)
    assert reply(client, request)["status"] == "error"
request = client.execute("kept + 2")
assert until(client, request, lambda m: m["msg_type"] == "execute_result")["content"]["data"]["text/plain"] == "42"
reply(client, request)
assert threads() <= before + 10, (before, threads())
children = subprocess.run(["ps", "--ppid", str(pid), "-o", "pid="], capture_output=True, text=True).stdout.split()
assert not children, children

manager.restart_kernel(now=False)
client.wait_for_ready(timeout=60)
assert run(client, "kept")["status"] == "error"
assert gone(pid) and manager.provisioner.process.pid != pid
pid = manager.provisioner.process.pid
client.stop_channels()
manager.shutdown_kernel()
assert gone(pid)

server = subprocess.Popen([sys.executable, __file__, "server"], stdout=subprocess.PIPE, text=True)
orphan = int(server.stdout.readline())
server.send_signal(signal.SIGKILL)
server.wait()
assert gone(orphan), "the kernel of a killed server lives on"
print("ok")
