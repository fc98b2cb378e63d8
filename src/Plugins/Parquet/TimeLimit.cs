using MoELab.Recipes;

namespace MoELab.Plugins.Parquet;

/// <summary>Ends the wait for a decoder that a damaged file sends round in circles.</summary>
internal static class TimeLimit
{
    /// <summary>Seconds for any file.</summary>
    public const double Seconds = 20;

    /// <summary>Seconds more for each megabyte.</summary>
    public const double SecondsPerMegabyte = 0.5;

    /// <summary>Runs on a thread of its own for at most 20 seconds and half a second for each megabyte of the file.</summary>
    /// <exception cref="RecipeException">Time ran out.</exception>
    public static T Run<T>(WatchedFile file, string path, Func<Task<T>> read)
    {
        var limit = TimeSpan.FromSeconds(Seconds + (SecondsPerMegabyte * file.Length / 1e6));
        var work = Task.Factory.StartNew(() => read().GetAwaiter().GetResult(), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        if (Task.WhenAny(work, Task.Delay(limit)).GetAwaiter().GetResult() == work)
            return work.GetAwaiter().GetResult();
        // A thread cannot be ended from outside; its next read ends it.
        file.Stop();
        throw new RecipeException($"{path}: not read within {limit.TotalSeconds:N0} seconds, so it is damaged; expected a whole Parquet file");
    }
}
