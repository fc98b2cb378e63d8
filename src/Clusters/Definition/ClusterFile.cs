using MoELab.Recipes.Input;

namespace MoELab.Clusters.Definition;

/// <summary>Clusters as YAML files.</summary>
public static class ClusterFile
{
    /// <summary>
    /// A cluster by the path of its file, or by name: <c>clusters/NAME.yaml</c> here, or <c>moelab/clusters/NAME.yaml</c> in the user's
    /// configuration (<c>XDG_CONFIG_HOME</c>, or <c>~/.config</c>). <c>local</c> needs no file.
    /// </summary>
    /// <exception cref="InputException">No such cluster, or its file is not one.</exception>
    public static Cluster Load(string nameOrPath)
    {
        var file = Folders.Select(f => Path.Combine(f, nameOrPath + ".yaml")).Prepend(nameOrPath).FirstOrDefault(File.Exists);
        if (file is not null)
            return Read(file);
        if (nameOrPath == "local")
            return new Cluster { Name = nameOrPath, Launcher = LauncherKind.Local };
        var known = Folders.Where(Directory.Exists).SelectMany(f => Directory.EnumerateFiles(f, "*.yaml"))
            .Select(f => Path.GetFileNameWithoutExtension(f)).Append("local").Distinct().Order(StringComparer.Ordinal).ToArray();
        throw new InputException($"cluster '{nameOrPath}': no such file, here or in {string.Join(" or ", Folders)}{Names.Hint(nameOrPath, known)}");
    }

    private static IReadOnlyList<string> Folders =>
    [
        Path.GetFullPath("clusters"),
        Path.Combine(Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } config ? config
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config"), "moelab", "clusters"),
    ];

    private static Cluster Read(string file)
    {
        try
        {
            var tree = RecipeYaml.ParseTree(InputFile.ReadText(file, BoundedYaml.MostBytes, "a cluster"), "a cluster") as JsonObject
                ?? throw new InputException("a cluster is keys and values, such as 'launcher: slurm'; found a single value");
            var cluster = (Cluster)OptionsBinder.Bind(typeof(Cluster), tree, "");
            // A line break in a value would end the line of the job's script that it is written into.
            foreach (var (key, value) in tree.Where(p => p.Key != "setup"))
            {
                if (value is JsonArray list ? list.Any(Breaks) : Breaks(value))
                    throw new InputException($"{key}: has several lines; expected one");
            }
            return cluster with { Name = cluster.Name.Length > 0 ? cluster.Name : Path.GetFileNameWithoutExtension(file) };
        }
        catch (InputException e)
        {
            throw new InputException($"{file}: {e.Message}", e);
        }
    }

    private static bool Breaks(JsonNode? value) => value is JsonValue && value.ToString().Contains('\n', StringComparison.Ordinal);
}
