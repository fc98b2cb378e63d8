namespace MoELab.Live;

/// <summary>One run of a group.</summary>
/// <param name="arm">Its arm.</param>
/// <param name="run">The run.</param>
internal sealed class GroupRun(string arm, Run run)
{
    // What an ended run wrote last is read before it is left alone.
    private bool _left;

    public string Arm => arm;
    public Run Run => run;
    public FollowedRun Followed { get; } = new(run.FullPath);

    /// <summary>Whether its folder was deleted.</summary>
    public bool Gone { get; private set; }

    public bool Done => Gone || !Followed.IsOpen;
    public double Share => Done ? 1 : Followed.Steps > 0 ? (double)Followed.Step / Followed.Steps : 0;
    public (string Text, string Class) Chip => Gone ? ("deleted", "bad") : LiveHtml.Chip(Followed.Status, Followed.Paused);

    /// <summary>Reads on; returns whether anything changed.</summary>
    public bool Read()
    {
        if (_left)
            return false;
        try
        {
            var changed = Followed.Read(run.Ending is { IsCompleted: true });
            _left = Done && !changed && run.Ending is null or { IsCompleted: true };
            return changed;
        }
        catch (DirectoryNotFoundException)
        {
            return Gone = _left = true;
        }
        catch (IOException)
        {
            // The next reading finds what this one missed.
            return false;
        }
    }
}
