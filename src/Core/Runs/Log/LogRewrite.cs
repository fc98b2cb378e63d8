using MoELab.Runs.Folder;

namespace MoELab.Runs.Log;

/// <summary>Rewrites a log and replaces it: rows of an older version get checksums, damaged ones are removed.</summary>
internal static class LogRewrite
{
    /// <summary>Gives the rows of an older version their checksums, so that a log has them on every row or on none.</summary>
    public static void Seal(string path)
    {
        if (!File.Exists(path) || new FileInfo(path).Length == 0 || LogFile.IsSealed(path))
            return;
        RunFolder.WriteAtomically(path, LogFile.Rows(path).Select(r => LogLine.Seal(Encoding.UTF8.GetString(r.Line.Span))));
    }

    /// <summary>Takes damaged rows out; the original stays as <c>NAME.damaged</c>.</summary>
    public static void Drop(string path)
    {
        Keep(path);
        var isSealed = LogFile.IsSealed(path);
        RunFolder.WriteAtomically(path, LogFile.Rows(path).Select(r => isSealed && LogLine.Holds(r.Line.Span)
            ? [.. r.Line.Span, (byte)'\n']
            : isSealed ? [.. r.Line.Span[..^1], (byte)'\n'] : LogLine.Seal(Encoding.UTF8.GetString(r.Line.Span))));
    }

    public static void Keep(string path) => File.Copy(path, path + ".damaged", overwrite: true);
}
