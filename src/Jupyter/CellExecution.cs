using MoELab.Cells;
using MoELab.Cells.Session;

namespace MoELab.Jupyter;

/// <summary>Runs a cell, or shows the page for a question such as <c>name?</c>.</summary>
internal static class CellExecution
{
    /// <summary>The content of the cell's reply, without its number.</summary>
    public static async Task<JsonObject> Run(Task<NotebookSession> created, ExecuteRequest cell, int number, CellMessages output,
        CancellationToken cancel)
    {
        try
        {
            var session = await created.WaitAsync(cancel).ConfigureAwait(false);
            if (NotebookSession.Asked(cell.Code) is { } name)
                return Ok(new JsonArray(await Page(session, name, output, cancel).ConfigureAwait(false)), []);
            var result = await session.Execute(cell.Code, cell.Silent ? new SilentOutput(output) : output, cancel, number).ConfigureAwait(false);
            return result.Error is { } error ? output.Fail(error)
                : Ok([], await UserExpressions.Evaluate(session, cell.Expressions, cancel).ConfigureAwait(false));
        }
        catch (Exception e)
        {
            // Whatever goes wrong in one cell must not end the kernel.
            return output.Fail(new CellError(e.GetType().Name, e.Message, []));
        }
    }

    private static JsonObject Ok(JsonArray payload, JsonObject expressions) => new()
    {
        ["status"] = "ok",
        ["payload"] = payload,
        ["user_expressions"] = expressions,
    };

    private static async Task<JsonObject> Page(NotebookSession session, string name, CellMessages output, CancellationToken cancel)
    {
        var text = await session.Describe(name, output, cancel).ConfigureAwait(false);
        var data = new JsonObject { ["text/plain"] = KernelReplies.Plain(text), ["text/markdown"] = text };
        return new() { ["source"] = "page", ["data"] = data, ["start"] = 0 };
    }
}
