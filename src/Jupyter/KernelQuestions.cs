using System.Collections.Concurrent;

namespace MoELab.Jupyter;

/// <summary>Questions of cells to the user of the notebook, and their answers.</summary>
internal sealed class KernelQuestions(KernelSockets sockets)
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<string>> _open = new(StringComparer.Ordinal);

    public async Task<string> Ask(WireMessage request, string prompt, bool hidden, CancellationToken cancel)
    {
        var answer = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _open[request.Id] = answer;
        sockets.SendInput(request, "input_request", new() { ["prompt"] = prompt, ["password"] = hidden });
        try
        {
            return await answer.Task.WaitAsync(cancel).ConfigureAwait(false);
        }
        finally
        {
            _open.TryRemove(request.Id, out _);
        }
    }

    /// <summary>
    /// Handles an <c>input_reply</c>. Front ends differ in the parent header that they send, so a single open question is answered in any case.
    /// </summary>
    public void Answered(WireMessage reply)
    {
        var value = reply.Field("value").Node is JsonValue text && text.TryGetValue<string>(out var typed) ? typed : "";
        if (_open.TryGetValue(reply.Parent["msg_id"] is JsonValue id && id.TryGetValue<string>(out var cause) ? cause : "", out var answer)
            || (answer = _open.Values.FirstOrDefault()) is not null)
            answer.TrySetResult(value);
    }
}
