namespace MoELab.Plugins.Parquet;

/// <summary>Limits the time of a decoder that may loop for ever on a damaged file.</summary>
internal static class TimeLimit
{
    /// <summary>Base time limit in seconds.</summary>
    public const double Seconds = 20;

    /// <summary>Additional seconds per megabyte.</summary>
    public const double SecondsPerMegabyte = 0.5;

    /// <summary>Runs on its own thread for at most 20 seconds plus half a second per megabyte of the file.</summary>
    /// <exception cref="InputException">The time limit was exceeded.</exception>
    public static T Run<T>(WatchedFile file, string path, Func<Task<T>> read)
    {
        var limit = TimeSpan.FromSeconds(Seconds + (SecondsPerMegabyte * file.Length / 1e6));
        var work = Task.Factory.StartNew(() => read().GetAwaiter().GetResult(), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        if (Task.WaitAny([work], limit) == 0)
            return work.GetAwaiter().GetResult();
        // A thread cannot be stopped from outside; its next read stops it.
        file.Stop();
        throw new InputException($"{path}: not read within {limit.TotalSeconds:N0} seconds, so it is damaged; expected a complete Parquet file");
    }
}
