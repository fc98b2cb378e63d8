using System.Diagnostics;

namespace MoELab.Data.Preparation;

/// <summary>Baselines on held-out text.</summary>
internal static class Floors
{
    private const int Separator = 256;
    private const int Outcomes = 257;

    /// <summary>Measures a domain by the bytes of its documents.</summary>
    public static CorpusFloor Measure(string domain, IEnumerable<byte[]> training, IEnumerable<byte[]> heldOut)
    {
        var bytes = heldOut.Sum(d => (long)d.Length);
        return new CorpusFloor(domain, Bigram(training, heldOut, bytes), Xz(heldOut, bytes), bytes);
    }

    private static double Bigram(IEnumerable<byte[]> training, IEnumerable<byte[]> heldOut, long bytes)
    {
        var counts = new long[Outcomes, Outcomes];
        var totals = new long[Outcomes];
        foreach (var (previous, next) in training.SelectMany(Pairs))
        {
            counts[previous, next]++;
            totals[previous]++;
        }
        var bits = heldOut.SelectMany(Pairs).Sum(p => -Math.Log2((counts[p.Previous, p.Next] + 1.0) / (totals[p.Previous] + Outcomes)));
        return bits / bytes;
    }

    private static IEnumerable<(int Previous, int Next)> Pairs(byte[] document)
    {
        var previous = Separator;
        foreach (var b in document)
        {
            yield return (previous, b);
            previous = b;
        }
        yield return (previous, Separator);
    }

    private static double? Xz(IEnumerable<byte[]> heldOut, long bytes)
    {
        try
        {
            using var xz = Process.Start(new ProcessStartInfo("xz", ["-9e", "-T1", "-c"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true
            })!;
            var size = Task.Run(() => Length(xz.StandardOutput.BaseStream));
            using (var input = xz.StandardInput.BaseStream)
            {
                foreach (var document in heldOut)
                    input.Write(document);
            }
            xz.WaitForExit();
            return xz.ExitCode == 0 ? 8.0 * size.Result / bytes : null;
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or IOException)
        {
            return null;
        }
    }

    private static long Length(Stream stream)
    {
        var buffer = new byte[1 << 16];
        var total = 0L;
        for (int read; (read = stream.Read(buffer)) > 0;)
            total += read;
        return total;
    }
}
