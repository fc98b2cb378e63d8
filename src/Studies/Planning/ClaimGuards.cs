using MoELab.Studies.Definition;

namespace MoELab.Studies.Planning;

/// <summary>What stops a study whose claims cannot be decided.</summary>
internal static class ClaimGuards
{
    /// <exception cref="InputException">A claim about an arm that the study does not have.</exception>
    public static void Check(Study study, IReadOnlyList<ResolvedArm> arms)
    {
        string[] names = [.. arms.Select(a => a.Name)];
        foreach (var (i, claim) in study.Claims.Index())
        {
            var where = $"claims[{i}]";
            foreach (var (key, name) in new[] { ("arm", claim.Arm), ("against", claim.Against) })
                if (name.Length > 0 && !names.Contains(name))
                    throw new InputException($"{where}.{key}: the study has no arm '{name}'{Names.Hint(name, names)}");
            if (claim.Arm == claim.AgainstOf(names[0]))
                throw new InputException($"{where}: compares arm '{claim.Arm}' with itself; expected another under 'arm' or 'against'");
            if (claim.Expects == ClaimDirection.Equal && claim.MarginOf(study) == 0)
                throw new InputException($"{where}: equality needs a margin; expected 'difference', the smallest difference that matters");
        }
    }
}
