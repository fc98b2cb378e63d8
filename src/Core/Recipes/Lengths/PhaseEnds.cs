namespace MoELab.Recipes.Lengths;

/// <summary>Where the phases of a data mixture end on a run's timeline.</summary>
public static class PhaseEnds
{
    // Where a phase of so many steps lies, and so how many tokens it has, depends on the phases before it.
    private const int Rounds = 8;

    /// <summary>
    /// Phases with a length of their own take it in order; the others share what is left by their relative lengths. The last one lasts to
    /// the end of the run, whatever its length.
    /// </summary>
    /// <returns>The end of each, as a share of the run's tokens.</returns>
    /// <exception cref="InputException">The lengths are more than the run.</exception>
    public static IReadOnlyList<double> Of(IReadOnlyList<PhaseRecipe> phases, TrainingTimeline timeline)
    {
        var total = (double)timeline.TotalTokens;
        var shares = phases.Where(p => p.Length.IsZero).Sum(p => p.Share);
        var ends = phases.Select((_, p) => total * (p + 1) / phases.Count).ToArray();
        for (var round = 0; round < Rounds; round++)
        {
            var lengths = phases.Select((phase, p) => Tokens(phase.Length, timeline, p == 0 ? 0 : ends[p - 1])).ToArray();
            var left = total - lengths.Sum();
            // A step more is rounding: lengths in tokens seldom fill the last step.
            if (left < -timeline.TokensAt(timeline.Steps) || (shares > 0 && left <= 0))
                throw new InputException($"data.phases: their lengths come to {lengths.Sum():0} tokens"
                    + $"{(shares > 0 ? ", which leaves nothing for a phase without one" : "")}; expected no more than the run's {total:0}");
            var at = 0.0;
            for (var p = 0; p < ends.Length; p++)
                ends[p] = at += phases[p].Length.IsZero ? left * phases[p].Share / shares : lengths[p];
        }
        return [.. ends.Select((end, p) => p == ends.Length - 1 ? 1 : Math.Min(1, end / total))];
    }

    private static double Tokens(Extent length, TrainingTimeline timeline, double from)
    {
        if (!length.IsSteps())
            return timeline.Tokens(length);
        var first = timeline.FirstFrom(from);
        return timeline.TokensBefore(first + (int)Math.Round(length.Value)) - timeline.TokensBefore(first);
    }
}
