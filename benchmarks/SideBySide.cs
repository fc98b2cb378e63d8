using System.Diagnostics;
using System.Globalization;

namespace MoELab.Benchmarks;

/// <summary>
/// Times alternatives in turns within one run and compares medians of their ratios: on a shared machine the clock of one minute says
/// little about the next, but a neighbour that slows one round slows both sides of it.
/// </summary>
internal sealed class SideBySide(string title, int rounds)
{
    private readonly List<(string Name, Action Body, List<double> Seconds)> _sides = [];

    /// <summary>Adds an alternative; the first is what the others are compared with.</summary>
    public SideBySide Add(string name, Action body)
    {
        _sides.Add((name, body, []));
        return this;
    }

    /// <summary>Median seconds of an alternative.</summary>
    public double Median(string name) => MedianOf(_sides.Single(s => s.Name == name).Seconds);

    /// <summary>Measures and prints.</summary>
    public SideBySide Run()
    {
        foreach (var (_, body, _) in _sides)
        {
            // Long enough for the runtime to compile what it runs often a second time.
            var warm = Stopwatch.GetTimestamp();
            do
                body();
            while (Stopwatch.GetElapsedTime(warm).TotalSeconds < 0.4);
        }
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (_, body, seconds) in _sides)
            {
                var start = Stopwatch.GetTimestamp();
                body();
                seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
        }
        Console.WriteLine(title);
        foreach (var (name, _, seconds) in _sides)
        {
            var ratio = MedianOf([.. seconds.Zip(_sides[0].Seconds, (own, first) => first / own)]);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name,-34} {MedianOf(seconds) * 1000,10:0.00} ms   x{ratio:0.00}"));
        }
        return this;
    }

    private static double MedianOf(IReadOnlyCollection<double> values) => values.Order().ElementAt(values.Count / 2);
}
