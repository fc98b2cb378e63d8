namespace MoELab.Plugins;

/// <summary>Reports that a folder's files changed, once they have stayed unchanged for a while.</summary>
internal sealed class PluginWatcher : IDisposable
{
    private readonly FileSystemWatcher _files;
    private readonly Timer _quiet;

    public PluginWatcher(string folder, TimeSpan delay, Action changed)
    {
        _quiet = new Timer(_ => changed());
        _files = new FileSystemWatcher(folder) { NotifyFilter = NotifyFilters.FileName | NotifyFilters.LastWrite | NotifyFilters.Size };
        // A build writes a file in many pieces; each event delays the report.
        void Restart(object sender, FileSystemEventArgs e) => _quiet.Change(delay, Timeout.InfiniteTimeSpan);
        _files.Changed += Restart;
        _files.Created += Restart;
        _files.Renamed += Restart;
        _files.EnableRaisingEvents = true;
    }

    public void Dispose()
    {
        _files.Dispose();
        _quiet.Dispose();
    }
}
