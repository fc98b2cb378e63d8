using Microsoft.DotNet.Interactive.Formatting;

namespace MoELab.Live;

/// <summary>How runs and races show as values: the card as it is now, which does not move; registered once per process.</summary>
internal static class LiveFormatters
{
    private static int _registered;

    /// <summary>Registers them; a second call does nothing.</summary>
    public static void Register()
    {
        if (Interlocked.Exchange(ref _registered, 1) == 1)
            return;
        Both<Run>(run => new RunCard(run));
        Both<Race>(race => new RaceCard(race));
    }

    private static void Both<T>(Func<T, ILiveFigure> figure)
    {
        Formatter.Register<T>((value, writer) => writer.Write((string)figure(value).Whole("still-" + Guid.NewGuid().ToString("N")[..12]).Forms["text/html"]), "text/html");
        Formatter.Register<T>((value, writer) => writer.Write(figure(value).Whole("").Plain), "text/plain");
        Formatter.SetPreferredMimeTypesFor(typeof(T), "text/html", "text/plain");
    }
}
