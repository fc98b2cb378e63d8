namespace MoELab;

/// <summary>A run between the call that starts it and its folder: its data are prepared meanwhile.</summary>
/// <param name="name">The name that it was given; a taken one becomes another.</param>
internal sealed class RunStart(string name) : IProgress<string>
{
    private volatile string _doing = "";
    private volatile Run? _run;
    private volatile bool _failed;

    /// <summary>The name asked for.</summary>
    public string Name { get; } = name;

    /// <summary>What the training's process said last, such as <c>Encoding code: 4,000,000 bytes.</c>; empty before it said anything.</summary>
    public string Doing => _doing;

    /// <summary>The run, once it has a folder.</summary>
    public Run? Run { get => _run; set => _run = value; }

    /// <summary>Whether it did not begin.</summary>
    public bool Failed { get => _failed; set => _failed = value; }

    /// <inheritdoc/>
    public void Report(string value) => _doing = value;
}
