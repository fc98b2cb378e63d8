namespace MoELab.Studies.Definition;

/// <summary>Labels of arms in tables and charts: their names, and the values in which they differ if two share a name.</summary>
internal static class ArmLabels
{
    public static string[] Of(IReadOnlyList<(string Name, Recipe Recipe)> arms)
    {
        var labels = arms.Select(c => c.Name).ToArray();
        foreach (var namesakes in Enumerable.Range(0, labels.Length).GroupBy(i => arms[i].Name).Where(g => g.Count() > 1))
        {
            var leaves = namesakes.ToDictionary(i => i,
                i => RecipeTree.Leaves(arms[i].Recipe.ToTree(), "").ToDictionary(l => l.Path, l => l.Value));
            var paths = leaves.Values.SelectMany(l => l.Keys).Distinct()
                .Where(p => leaves.Values.Select(l => l.GetValueOrDefault(p)).Distinct().Count() > 1).Order(StringComparer.Ordinal).ToArray();
            // A key that occurs in only one place needs no path.
            string Key(string path) => path.Split('.')[^1] is var last && paths.Count(p => p.Split('.')[^1] == last) == 1 ? last : path;
            foreach (var i in namesakes)
                labels[i] = string.Join(' ', paths.Select(p => $"{Key(p)}={leaves[i].GetValueOrDefault(p) ?? "-"}").Prepend(labels[i]));
        }
        // Arms that are equal in everything still need different labels.
        return [.. labels.Select((n, i) => labels.Count(o => o == n) == 1 ? n : $"{n} ({labels.Take(i + 1).Count(o => o == n)})")];
    }
}
