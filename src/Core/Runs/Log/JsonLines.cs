namespace MoELab.Runs.Log;

/// <summary>A file of one JSON object per line that several processes append to at once.</summary>
internal static class JsonLines
{
    /// <summary>Appends one line in one write; a torn line before it is ended first.</summary>
    public static void Append(string path, string json)
    {
        using var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        stream.Seek(-Math.Min(1, stream.Length), SeekOrigin.End);
        var torn = stream.ReadByte() is not ('\n' or -1);
        stream.Write(Encoding.UTF8.GetBytes((torn ? "\n" : "") + json + "\n"));
    }
}
