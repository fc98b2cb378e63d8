using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace MoELab.Interop.Host;

/// <summary>Tells an exception for want of memory from others: libtorch's allocators, the C library's and .NET's.</summary>
internal static partial class MemoryError
{
    private static readonly string[] Gpu = ["CUDA out of memory", "CUDA error: out of memory"];

    private static readonly string[] Cpu = ["DefaultCPUAllocator: can't allocate memory", "DefaultCPUAllocator: not enough memory"];

    /// <summary>Whether memory ran out, here or in what this exception wraps.</summary>
    public static bool Is(Exception e) => Find(e) is not null;

    /// <summary>What ran out, and how much was asked for where the allocator says so, without a full stop.</summary>
    public static string Reason(Exception e)
    {
        var message = Find(e)?.Message ?? "";
        var wanted = Wanted().Match(message) is { Success: true } match
            ? $" ({Size(match.Groups[1].Value, match.Groups[2].Value)} requested at once)" : "";
        return $"out of memory on {(Says(message, Gpu) ? "the GPU" : "the CPU")}{wanted}";
    }

    private static Exception? Find(Exception? e)
    {
        while (e is not null && !(e is OutOfMemoryException || (e is ExternalException && (Says(e.Message, Cpu) || Says(e.Message, Gpu)))))
            e = e.InnerException;
        return e;
    }

    private static bool Says(string message, string[] sentences) => sentences.Any(s => message.Contains(s, StringComparison.Ordinal));

    private static string Size(string number, string unit)
    {
        var size = double.Parse(number, CultureInfo.InvariantCulture);
        string[] units = ["bytes", "KiB", "MiB", "GiB"];
        var at = Array.IndexOf(units, unit);
        for (; at < units.Length - 1 && size >= 1024; at++)
            size /= 1024;
        return string.Create(CultureInfo.InvariantCulture, $"{size:#,0.##} {units[at]}");
    }

    [GeneratedRegex(@"[Tt]ried to allocate (\d+(?:\.\d+)?) (bytes|KiB|MiB|GiB)")]
    private static partial Regex Wanted();
}
