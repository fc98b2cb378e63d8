namespace MoELab.Jupyter;

/// <summary>The content of an <c>execute_request</c>.</summary>
/// <param name="Code">The cell.</param>
/// <param name="Silent">Whether to show and count nothing.</param>
/// <param name="Keep">Whether it gets a number and is added to the history.</param>
/// <param name="MayAsk">Whether the front end can ask the user for input.</param>
/// <param name="StopOnError">Whether to abort the cells queued behind it if it fails.</param>
/// <param name="Expressions">Expressions to evaluate after it, by name.</param>
internal sealed record ExecuteRequest(string Code, bool Silent, bool Keep, bool MayAsk, bool StopOnError, JsonObject Expressions)
{
    /// <exception cref="InputException">A value has the wrong type.</exception>
    public static ExecuteRequest Read(WireMessage request)
    {
        if (request.Fault is { } fault)
            throw new InputException(fault);
        var silent = request.Flag("silent", false);
        return new(
            request.Text("code") ?? "",
            silent,
            !silent && request.Flag("store_history", true),
            request.Flag("allow_stdin", false),
            request.Flag("stop_on_error", true),
            request.Field("user_expressions") is { Exists: true } asked ? asked.AsObject() : []);
    }
}
