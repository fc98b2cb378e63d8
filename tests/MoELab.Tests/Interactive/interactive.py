"""nbclient runs a notebook under .NET Interactive; then one more client asks and interrupts in the same kernel. Writes what it saw as JSON."""
import json
import sys
import time

import nbformat
from jupyter_client import BlockingKernelClient
from jupyter_client.utils import run_sync
from nbclient import NotebookClient

source, executed, seen = sys.argv[1:4]
PATIENCE = 180
book = nbformat.read(source, 4)
notebook = NotebookClient(book, kernel_name=".net-csharp", timeout=PATIENCE)
answers = {}


def reply(client, request, timeout=PATIENCE):
    while True:
        message = client.get_shell_msg(timeout=timeout)
        if message["parent_header"].get("msg_id") == request:
            return message["content"]


def output(client, request):
    texts = []
    while True:
        message = client.get_iopub_msg(timeout=PATIENCE)
        if message["parent_header"].get("msg_id") != request:
            continue
        content = message["content"]
        if message["msg_type"] == "status" and content["execution_state"] == "idle":
            return "".join(texts)
        if message["msg_type"] in ("stream", "error"):
            texts.append(content.get("text", "") + content.get("evalue", ""))


def interrupted(client, code):
    request = client.execute(code)
    while "begun" not in client.get_iopub_msg(timeout=PATIENCE)["content"].get("text", ""):
        pass
    run_sync(notebook.km.interrupt_kernel)()
    return output(client, request)


with notebook.setup_kernel():
    for index, cell in enumerate(book.cells):
        if cell.cell_type == "code":
            notebook.execute_cell(cell, index)
    nbformat.write(book, executed)
    client = BlockingKernelClient(connection_file=notebook.km.connection_file)
    client.load_connection_file()
    client.start_channels()
    client.wait_for_ready(timeout=PATIENCE)
    for code in ("#!moelab\nlab.Ru", "#!moelab\nvar z = 1;\nConsole.Wri", "#!run\nrecipe: lab-t"):
        content = reply(client, client.complete(code, len(code)))
        answers[code] = [content["cursor_start"], content["cursor_end"], content["matches"][:1]]
    for code in ('#!moelab\nConsole.WriteLine("begun"); while (true) { Thread.Sleep(10); }',
                 'var again = lab.Start(lab.Recipe("lab-tiny").With("training.steps=100000"), "again");\nConsole.WriteLine("begun"); await again.Completion;'):
        answers[code] = interrupted(client, code)
    answers["stopped"] = output(client, client.execute('var back = lab.Attach("again"); back.Stop(); await back.Completion; Console.Write(back.Read().Status);'))
    answers["alive"] = output(client, client.execute('Console.Write("alive " + lab.Runs.Count);'))
    client.stop_channels()
with open(seen, "w") as file:
    json.dump(answers, file)
