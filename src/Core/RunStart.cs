namespace MoELab;

/// <summary>A run that was started but has no folder yet, while its data are prepared.</summary>
/// <param name="name">The requested name; the run gets another if it is taken.</param>
internal sealed class RunStart(string name) : IProgress<string>
{
    private volatile string _doing = "";
    private volatile Run? _run;
    private volatile bool _failed;

    public string Name { get; } = name;

    /// <summary>The last message of the training process, such as <c>Encoding code: 4,000,000 bytes.</c>; empty before the first.</summary>
    public string Doing => _doing;

    /// <summary>The run, once it has a folder.</summary>
    public Run? Run { get => _run; set => _run = value; }

    /// <summary>Whether a scheduler starts it, so that what it is doing is to wait in a queue.</summary>
    public bool IsQueued { get; set; }

    public bool Failed { get => _failed; set => _failed = value; }

    public void Report(string value) => _doing = value;
}
