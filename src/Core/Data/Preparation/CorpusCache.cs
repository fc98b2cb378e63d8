using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MoELab.Plugins;
using MoELab.Recipes;

namespace MoELab.Data;

/// <summary>
/// Prepared corpora by key. A corpus is written beside its place and renamed, so that readers see all of it or nothing, and two
/// processes that prepare the same one do not meet.
/// </summary>
internal static class CorpusCache
{
    // Raise it when the same sources would give other files.
    private const int Format = 2;
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    public static string Root => Environment.GetEnvironmentVariable("MOELAB_CACHE") is { Length: > 0 } own ? own
        : Path.Combine(Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg ? xdg
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"), "moelab");

    public static PreparedCorpus LoadOrPrepare(DataRecipe recipe, PluginCatalog? catalog, IProgress<string>? progress, string? root = null)
    {
        var sources = CorpusSources.Of(recipe, catalog);
        var directory = Path.Combine(root ?? Root, "corpora", Key(recipe, sources));
        if (TryLoad(directory) is { } ready)
            return ready;
        var beside = $"{directory}.{Guid.NewGuid():N}.tmp";
        try
        {
            Directory.CreateDirectory(beside);
            RemoveAbandoned(Path.GetDirectoryName(beside)!);
            CorpusPreparation.Write(beside, recipe, sources, progress);
            Install(beside, directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RecipeException($"{beside}: cannot be written ({e.Message.TrimEnd('.')}); expected a cache folder with space, which MOELAB_CACHE can name", e);
        }
        finally
        {
            if (Directory.Exists(beside))
                Directory.Delete(beside, true);
        }
        return TryLoad(directory) ?? throw new RecipeException($"{directory}: the prepared corpus cannot be read back; expected a cache folder that keeps files");
    }

    public static IReadOnlyList<CachedCorpus> List()
    {
        var folder = Path.Combine(Root, "corpora");
        return !Directory.Exists(folder) ? [] : [.. Directory.EnumerateDirectories(folder).Where(d => !d.EndsWith(".tmp", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal).Select(Read).OfType<CachedCorpus>()];
    }

    private static CachedCorpus? Read(string directory)
    {
        try
        {
            var json = JsonNode.Parse(File.ReadAllText(Path.Combine(directory, "corpus.json")))!;
            return new CachedCorpus(directory, json["tokenizer"]?.GetValue<string>() ?? "", json["domains"].Deserialize<DomainInfo[]>()!,
                new DirectoryInfo(directory).EnumerateFiles().Sum(f => f.Length));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException or NullReferenceException)
        {
            return null;
        }
    }

    // What a killed process left; a day is longer than any preparation.
    private static void RemoveAbandoned(string folder)
    {
        foreach (var old in Directory.EnumerateDirectories(folder, "*.tmp").Where(d => Directory.GetLastWriteTimeUtc(d) < DateTime.UtcNow.AddDays(-1)))
            Directory.Delete(old, true);
    }

    private static void Install(string beside, string directory)
    {
        try
        {
            Directory.Move(beside, directory);
        }
        catch (IOException) when (Directory.Exists(directory))
        {
            // Another process was first with the same content, unless what lies there is broken.
            if (TryLoad(directory) is { } theirs)
            {
                theirs.Dispose();
                return;
            }
            Directory.Delete(directory, true);
            Directory.Move(beside, directory);
        }
    }

    private static PreparedCorpus? TryLoad(string directory)
    {
        var path = Path.Combine(directory, "corpus.json");
        if (!File.Exists(path))
            return null;
        var files = new List<TokenFile>();
        try
        {
            var json = JsonNode.Parse(File.ReadAllText(path))!;
            var domains = json["domains"].Deserialize<DomainInfo[]>()!;
            var floors = json["floors"].Deserialize<CorpusFloor[]>()!;
            var wide = json["wide"]!.GetValue<bool>();
            var tokenizer = Tokenizers.Load(directory);
            for (var d = 0; d < domains.Length; d++)
            {
                files.Add(TokenFile.Open(Path.Combine(directory, $"{d}.training"), wide));
                files.Add(TokenFile.Open(Path.Combine(directory, $"{d}.held-out"), wide));
            }
            return new PreparedCorpus(directory, tokenizer, domains, floors, [.. files.Where((_, i) => i % 2 == 0)], [.. files.Where((_, i) => i % 2 == 1)]);
        }
        catch (Exception e) when (e is IOException or JsonException or RecipeException or NullReferenceException or InvalidOperationException)
        {
            files.ForEach(f => f.Dispose());
            return null;
        }
    }

    /// <summary>Writes what <see cref="TryLoad"/> reads, the description last.</summary>
    public static void Describe(string directory, string tokenizer, IReadOnlyList<DomainInfo> domains, IReadOnlyList<CorpusFloor> floors, bool wide) =>
        File.WriteAllText(Path.Combine(directory, "corpus.json"), new JsonObject
        {
            ["tokenizer"] = tokenizer,
            ["domains"] = JsonSerializer.SerializeToNode(domains),
            ["floors"] = JsonSerializer.SerializeToNode(floors),
            ["wide"] = wide,
        }.ToJsonString(Json));

    private static string Key(DataRecipe recipe, IReadOnlyList<CorpusSource> sources)
    {
        var tokenizer = recipe.Tokenizer;
        var file = Directory.Exists(tokenizer) ? Path.Combine(tokenizer, "tokenizer.json") : tokenizer;
        if (File.Exists(file))
            tokenizer += '\n' + Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));
        var text = FormattableString.Invariant($"{Format}\n{tokenizer}\n{recipe.MinDocumentTokens}\n{recipe.MaxBytesPerDomain}\n");
        text += string.Join('\n', sources.Select(s => $"{s.Name}\n{s.Identity}"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..24];
    }
}
