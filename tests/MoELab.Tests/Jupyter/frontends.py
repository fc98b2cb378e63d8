"""A card in a real front end, driven in headless Chromium: it moves, its buttons act on the run, and it follows the dark theme.

frontends.py lab|notebook CHROMIUM [FOLDER FOR PICTURES]
"""
import asyncio
import base64
import json
import os
import subprocess
import sys
import time
import urllib.request

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from tornado.websocket import websocket_connect

which, chromium = sys.argv[1:3]
pictures = sys.argv[3] if len(sys.argv) > 3 else None
book = new_notebook(metadata={"kernelspec": {"name": "moelab", "display_name": "MoELab (C#)", "language": "csharp"}, "language_info": {"name": "csharp"}})
book.cells = [new_code_cell('var run = lab.Start(lab.Recipe("lab-tiny").With("training.steps", 400).With("training.threads", 1), "shown");')]
nbformat.write(book, "book.ipynb")


def free():
    import socket
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


port, debug = free(), free()
if which == "lab":
    server = [sys.executable, "-m", "jupyterlab", "--expose-app-in-browser", "--LabApp.news_url=",
              "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--app-dir=" + os.path.join(os.environ["MOELAB_JUPYTERLAB"], "usr/share/jupyter/lab"), "--IdentityProvider.token=t"]
else:
    server = [sys.executable, "-m", "notebook", "--NotebookApp.token=t"]
# What a front end keeps, such as the theme that was chosen, stays with this test.
os.environ.update({"JUPYTER_CONFIG_DIR": os.path.abspath("config"), "JUPYTER_RUNTIME_DIR": os.path.abspath("runtime")})
server += ["--allow-root", "--no-browser", f"--port={port}", "--ip=127.0.0.1"]


async def until(what, holds, seconds=120):
    began = time.time()
    while True:
        value = await holds()
        if value:
            return value
        assert time.time() - began < seconds, "still waiting: " + what
        await asyncio.sleep(0.2)


class Page:
    def __init__(self, socket):
        self.socket, self.number = socket, 0

    async def send(self, method, **params):
        self.number += 1
        await self.socket.write_message(json.dumps({"id": self.number, "method": method, "params": params}))
        while True:
            answer = json.loads(await self.socket.read_message())
            if answer.get("id") == self.number:
                assert "error" not in answer, answer
                return answer["result"]

    async def run(self, script):
        result = await self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    async def picture(self, name):
        if pictures:
            shot = await self.send("Page.captureScreenshot", format="png")
            with open(os.path.join(pictures, f"{which}-{name}.png"), "wb") as file:
                file.write(base64.b64decode(shot["data"]))


async def reachable(url):
    try:
        return urllib.request.urlopen(url, timeout=2).read()
    except OSError:
        return None


async def main():
    await until("the server", lambda: reachable(f"http://127.0.0.1:{port}/api?token=t"))
    await until("Chromium", lambda: reachable(f"http://127.0.0.1:{debug}/json/version"))
    path = "lab/tree/book.ipynb" if which == "lab" else "notebooks/book.ipynb"
    target = json.loads(urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{debug}/json/new?http://127.0.0.1:{port}/{path}?token=t", method="PUT")).read())
    page = Page(await websocket_connect(target["webSocketDebuggerUrl"], max_message_size=1 << 28))
    await page.send("Emulation.setDeviceMetricsOverride", width=1400, height=900, deviceScaleFactor=1, mobile=False)
    if which == "lab":
        await until("JupyterLab", lambda: page.run("!!(window.jupyterapp && document.querySelector('.jp-NotebookPanel .jp-Cell'))"))
        await until("the kernel", lambda: page.run("jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"))
        await page.run("(async () => { await jupyterapp.commands.execute('notebook:run-all-cells'); return true; })()")
    else:
        await until("the kernel", lambda: page.run("!!(window.Jupyter?.notebook?.kernel?.is_connected() && Jupyter.notebook.get_cells().length)"))
        await page.run("Jupyter.notebook.execute_all_cells(); true")

    step = "document.querySelector('[data-live] [data-text=\"step\"]')?.textContent ?? ''"
    line = "document.querySelector('[data-live] [data-chart=\"loss\"] path.l')?.getAttribute('d') ?? ''"
    state = "document.querySelector('[data-live] [data-chip=\"state\"]')?.textContent"
    shown = "[...document.querySelectorAll('[data-live] [data-act]')].filter(b => !b.hidden).map(b => b.dataset.act).join()"
    press = "document.querySelector('[data-live] [data-act=\"{}\"]').click(); true"
    first = await until("the card", lambda: page.run(step), 300)
    drawn = await page.run(line)
    await until("the card to move", lambda: page.run(f"({step}) !== {json.dumps(first)} && ({line}) !== {json.dumps(drawn)}"))
    await until("buttons", lambda: page.run(f"({shown}) === 'stop,pause,checkpoint,copy,save'"))

    told = "document.querySelector('[data-live] .told').textContent"
    await page.run(press.format("pause"))
    await until("the answer", lambda: page.run(f"({told}) === 'pauses before the next step'"))
    await until("the pause", lambda: page.run(f"({state}) === 'paused'"))
    await until("the other buttons", lambda: page.run(f"({shown}) === 'stop,continue,checkpoint,copy,save'"))
    await page.run(press.format("continue"))
    await until("training again", lambda: page.run(f"({state}) === 'training'"))

    card = "getComputedStyle(document.querySelector('.moelab')).backgroundColor"
    light = await page.run(card)
    await page.picture("light")
    if which == "lab":
        await page.run("(async () => { await jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' }); return true; })()")
    else:
        await page.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    await until("the dark theme", lambda: page.run(f"({card}) !== {json.dumps(light)}"))
    assert await page.run(card) == "rgb(27, 30, 36)", await page.run(card)
    await asyncio.sleep(1)
    await page.picture("dark")

    # The picture of the whole card is made without an error.
    await page.run("window.saved = 0; URL.createObjectURL = (make => b => { window.saved = b.size; return make.call(URL, b); })(URL.createObjectURL); true")
    await page.run(press.format("save"))
    await until("the saved picture", lambda: page.run("window.saved > 20000"))
    await page.run(press.format("stop"))
    await until("the stop", lambda: page.run(f"({state}) === 'stopped'"))
    await until("no button that cannot act", lambda: page.run(f"({shown}) === 'copy,save'"))
    print("ok")


with open("server.log", "w") as log:
    jupyter = subprocess.Popen(server, stdout=log, stderr=log)
    browser = subprocess.Popen([chromium, "--headless", "--no-sandbox", "--disable-gpu", f"--remote-debugging-port={debug}", "--remote-allow-origins=*", "--user-data-dir=" + os.path.abspath("profile"), "about:blank"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        asyncio.run(main())
    except AssertionError:
        log.flush()
        print(open("server.log").read()[-3000:], file=sys.stderr)
        raise
    finally:
        browser.terminate()
        jupyter.terminate()
        jupyter.wait(20)
