using MoELab.Cells.Session;

namespace MoELab.Jupyter;

/// <summary>Evaluates a front end's expressions after a cell.</summary>
internal static class UserExpressions
{
    public static async Task<JsonObject> Evaluate(NotebookSession session, JsonObject asked, CancellationToken cancel)
    {
        var values = new JsonObject();
        foreach (var (name, expression) in asked)
        {
            var output = new SilentOutput();
            var result = await session.Execute(expression is JsonValue value && value.TryGetValue<string>(out var code) ? code : "", output,
                cancel).ConfigureAwait(false);
            values[name] = result.Error is { } error
                ? new JsonObject { ["status"] = "error", ["ename"] = error.Name, ["evalue"] = error.Message, ["traceback"] = new JsonArray() }
                : new JsonObject
                {
                    ["status"] = "ok",
                    ["data"] = output.Value is { } shown ? CellMessages.Bundle(shown) : [],
                    ["metadata"] = new JsonObject(),
                };
        }
        return values;
    }
}
