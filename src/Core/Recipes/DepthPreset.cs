namespace MoELab.Recipes;

/// <summary>
/// One dial for a ladder of sizes: <c>depth-N</c> for an even N. Width, experts, heads, tokens and learning rates follow from the number of layers,
/// so that a change can be tried at several sizes that differ in nothing else. <c>depth-4</c> has the shape, tokens and rates of <c>lab-tiny</c>.
/// </summary>
internal static class DepthPreset
{
    private const string Prefix = "depth-";
    private const int Least = 2, Most = 64, Unit = 4;

    /// <summary>The preset of a name; null for a name that does not begin with <c>depth-</c>.</summary>
    /// <exception cref="InputException">The depth is odd, or out of range.</exception>
    public static Recipe? Find(string name)
    {
        if (!name.StartsWith(Prefix, StringComparison.Ordinal) || !int.TryParse(name.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var depth))
            return null;
        return depth is >= Least and <= Most && depth % 2 == 0 ? Of(depth)
            : throw new InputException($"recipe '{name}': {depth} layers; expected an even number from {Least} to {Most}, such as depth-4");
    }

    private static Recipe Of(int depth)
    {
        var tiny = LabPresets.Tiny();
        var shaped = tiny with { Name = $"{Prefix}{depth}", Model = Shape(tiny.Model, depth) };
        // Parameters of the layers grow as layers times width squared, and tokens with them.
        var steps = (int)Math.Round(tiny.Training.Steps * Math.Pow((double)depth / Unit, 3));
        var longer = (double)steps / tiny.Training.Steps;
        var wider = (double)shaped.Model.DModel / tiny.Model.DModel;
        return shaped with
        {
            // AdamW by marin's rule over 186 runs, tokens^-0.2813 width^-0.3678; Muon's rate transfers across width by its own scaling (Trinity report, eq. 41).
            Optimizer = TrinityPresets.Rates(muon: 2e-2, adam: Rounded(3e-3 * Math.Pow(longer, -0.2813) * Math.Pow(wider, -0.3678))),
            Training = tiny.Training with { Steps = steps },
        };
    }

    private static ModelRecipe Shape(ModelRecipe tiny, int depth)
    {
        var width = tiny.DModel / Unit * depth;
        var heads = Math.Max(1, width / tiny.HeadDim);
        return tiny with
        {
            Layers = depth,
            DModel = width,
            Ffn = 2 * width,
            ExpertFfn = width / 2,
            Heads = heads,
            KvHeads = heads % 2 == 0 ? heads / 2 : 1,
        };
    }

    private static double Rounded(double rate) => double.Parse(rate.ToString("G4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
