using MoELab.Data.Preparation;
using MoELab.Runs.Folder;

namespace MoELab.Training;

/// <summary>Whether a run that goes on reads the text that it began with.</summary>
internal static class RunData
{
    /// <summary>Compares the corpus with the hashes that the run's environment holds; a run without them is taken as it is.</summary>
    /// <exception cref="InputException">The environment cannot be read.</exception>
    /// <exception cref="RunException">A domain holds other text, or its documents lie on other sides of the split.</exception>
    public static void Check(RunFolder folder, PreparedCorpus corpus)
    {
        foreach (var (name, hash) in Recorded(folder.At("environment.json")))
        {
            if (corpus.Domains.FirstOrDefault(d => d.Name == name) is { } domain && domain.Hash != hash)
                throw new RunException($"{folder.Name}: its domain '{name}' contains different text now, "
                    + $"or was split by an older rule (hash {hash} when "
                    + $"it began, {domain.Hash} now); expected the text it began with; train a new run on this text");
        }
    }

    private static IReadOnlyList<(string Name, string Hash)> Recorded(string path)
    {
        if (!File.Exists(path))
            return [];
        try
        {
            var data = RunEnvironment.Read(path)["data"];
            // A run of an older version recorded no hashes.
            return data.Exists ? [.. data.Items().Where(d => d["hash"].Exists).Select(d => (d["name"].Text(), d["hash"].Text()))] : [];
        }
        catch (MoELabException e)
        {
            throw new InputException($"{e.Message}; it records the text with which the run began: repair it, "
                + "or delete it to continue without that check", e);
        }
    }
}
