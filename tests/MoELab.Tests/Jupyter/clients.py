"""nbclient, papermill and nbconvert run a notebook of C#, recipe and SQL cells; what each leaves is looked at."""
import nbformat
import papermill
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook


def notebook(*cells):
    book = new_notebook(metadata={"kernelspec": {"name": "moelab", "display_name": "MoELab (C#)", "language": "csharp"}, "language_info": {"name": "csharp"}})
    book.cells = [new_code_cell(c) for c in cells]
    return book


def texts(cell):
    return "".join(o.get("text", "") + str(o.get("data", {}).get("text/plain", "")) for o in cell.outputs)


book = notebook(
    'var kappa = 3;',
    'Console.WriteLine("kappa " + kappa); display(HTML("<b id=\'bold\'>bold</b>")); 6 * 7',
    '#!run leaky\nrecipe: lab-tiny\nbalancer: { name: smebu, kappa: $kappa }',
    '#!sql --name many\nselect count(*) as n from runs',
    'var shown = display("before"); shown.Update("after");',
)
book.cells[0].metadata["tags"] = ["parameters"]
nbformat.write(book, "book.ipynb")

NotebookClient(book, timeout=120).execute()
assert "kappa 3" in texts(book.cells[1]) and "42" in texts(book.cells[1]), book.cells[1].outputs
assert "balancer.kappa" in texts(book.cells[2]), book.cells[2].outputs
assert "0" in texts(book.cells[3]), book.cells[3].outputs
assert [o["data"]["text/plain"] for o in book.cells[4].outputs] == ["after"], book.cells[4].outputs
nbformat.validate(book)

# papermill knows C# under the name of the archived kernel.
papermill.execute_notebook("book.ipynb", "out.ipynb", parameters={"kappa": 5}, kernel_name="moelab", language=".net-csharp", progress_bar=False)
out = nbformat.read("out.ipynb", 4)
assert "kappa 5" in texts(out.cells[2]), out.cells[2].outputs

html, _ = HTMLExporter().from_notebook_node(out)
assert "id='bold'" in html and "kappa 5" in html

broken = notebook('var x = 1;', '\nthrow new InvalidOperationException("no");')
try:
    NotebookClient(broken, timeout=120).execute()
    raise AssertionError("a failing cell did not fail")
except CellExecutionError as e:
    assert "no" in str(e) and "cell 2, line 2" in "\n".join(broken.cells[1].outputs[-1]["traceback"]), broken.cells[1].outputs
print("ok")
