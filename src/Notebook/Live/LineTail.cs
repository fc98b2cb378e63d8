using MoELab.Runs;

namespace MoELab.Live;

/// <summary>Reads what was added to a file of lines since the last time; a torn last line waits until it is whole.</summary>
/// <param name="path">The file; it may appear later.</param>
internal sealed class LineTail(string path)
{
    private const int Mark = 64, Part = 4 << 20;
    private byte[] _mark = [];
    private long _offset;

    /// <summary>Hands over every new whole line, without its end.</summary>
    /// <param name="restarted">Called first where the file is no longer the one that was read: a resumed run cut it.</param>
    /// <param name="line">Called with each new line.</param>
    /// <returns>Whether anything was handed over.</returns>
    public bool Read(Action restarted, Action<ReadOnlyMemory<byte>> line)
    {
        if (!File.Exists(path))
            return false;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var changed = false;
        if (!Continues(file))
        {
            (_offset, _mark, changed) = (0, [], true);
            restarted();
        }
        for (var size = Part; ;)
        {
            var fresh = new byte[Math.Min(size, Math.Max(0, file.Length - _offset))];
            file.Position = _offset;
            var read = file.ReadAtLeast(fresh, fresh.Length, throwOnEndOfStream: false);
            var (start, end) = (0, 0);
            while ((end = fresh.AsSpan(start, read - start).IndexOf((byte)'\n')) >= 0)
            {
                line(fresh.AsMemory(start, end));
                start += end + 1;
                changed = true;
            }
            if (start > 0)
            {
                _offset += start;
                _mark = [.. _mark.Concat(fresh.AsSpan(Math.Max(0, start - Mark)..start).ToArray()).TakeLast(Mark)];
                size = Part;
            }
            // A row that is longer than a log's may be is never shown, nor what follows it; whoever reads the log whole is told.
            else if (read < size || (size *= 2) > ByteLines.MostBytes)
                return changed;
        }
    }

    // The bytes before the place where reading ended are still those that were read.
    private bool Continues(FileStream file)
    {
        if (file.Length < _offset)
            return false;
        var there = new byte[_mark.Length];
        file.Position = _offset - _mark.Length;
        return file.ReadAtLeast(there, there.Length, throwOnEndOfStream: false) == there.Length && there.AsSpan().SequenceEqual(_mark);
    }
}
