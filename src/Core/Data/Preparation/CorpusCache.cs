using System.Security.Cryptography;
using System.Text.Json;
using MoELab.Data.Sources;
using MoELab.Data.Tokenization;
using MoELab.Data.Tokenization.HuggingFace;
using MoELab.Interop.Files;
using MoELab.Plugins;
using MoELab.Recipes.Input;

namespace MoELab.Data.Preparation;

/// <summary>
/// Prepared corpora by key. A corpus is written to a temporary folder and renamed, so that readers see all of it or nothing, and two
/// processes that prepare the same corpus do not conflict.
/// </summary>
internal static class CorpusCache
{
    // Increase this when the same sources would give different files.
    private const int Format = 3;

    /// <summary>Maximum size of the description of a prepared corpus in bytes.</summary>
    public const long MaxDescriptionBytes = 16 << 20;

    // Small enough that sums of several do not overflow.
    private const long MaxTotal = 1L << 50;
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    public static string Root => Environment.GetEnvironmentVariable("MOELAB_CACHE") is { Length: > 0 } own ? own : UserCache.Folder;

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
            throw new InputException($"{beside}: cannot be written ({e.Message.TrimEnd('.')}); "
                + "expected a cache folder with free space, which you can set with MOELAB_CACHE", e);
        }
        finally
        {
            if (Directory.Exists(beside))
                Directory.Delete(beside, true);
        }
        return TryLoad(directory)
            ?? throw new InputException($"{directory}: the prepared corpus cannot be read back; expected a cache folder that stores files");
    }

    /// <summary>The corpora that can be read.</summary>
    /// <param name="damaged">Receives one sentence for each corpus that cannot be read.</param>
    /// <param name="root">A folder to use instead of <see cref="Root"/>.</param>
    public static IReadOnlyList<CachedCorpus> List(Action<string>? damaged = null, string? root = null)
    {
        var folder = Path.Combine(root ?? Root, "corpora");
        return !Directory.Exists(folder) ? [] : [.. Directory.EnumerateDirectories(folder).Where(d => !d.EndsWith(".tmp", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal).Select(d => Read(d, damaged)).OfType<CachedCorpus>()];
    }

    private static CachedCorpus? Read(string directory, Action<string>? damaged)
    {
        try
        {
            var json = Description(Path.Combine(directory, "corpus.json"));
            return new CachedCorpus(directory, json["tokenizer"] is { Exists: true } tokenizer ? tokenizer.Text() : "", Domains(json),
                new DirectoryInfo(directory).EnumerateFiles().Sum(f => f.Length))
            {
                Current = IsCurrent(json),
            };
        }
        catch (Exception e) when (IsDamage(e))
        {
            damaged?.Invoke(e is InputException ? e.Message : $"{directory}: cannot be read ({e.Message.TrimEnd('.')})");
            return null;
        }
    }

    // Left by a killed process; a day is longer than any preparation.
    private static void RemoveAbandoned(string folder)
    {
        foreach (var old in Directory.EnumerateDirectories(folder, "*.tmp")
            .Where(d => Directory.GetLastWriteTimeUtc(d) < DateTime.UtcNow.AddDays(-1)))
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
            // Another process was first with the same content, unless the existing folder is damaged.
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
            var json = Description(path);
            if (!IsCurrent(json))
                return null;
            var domains = Domains(json);
            var floors = Floors(json, domains.Length);
            var wide = json["wide"].Flag();
            var tokenizer = Tokenizers.Load(directory);
            for (var d = 0; d < domains.Length; d++)
            {
                files.Add(TokenFile.Open(Path.Combine(directory, $"{d}.training"), wide));
                files.Add(TokenFile.Open(Path.Combine(directory, $"{d}.held-out"), wide));
            }
            return new PreparedCorpus(directory, tokenizer, domains, floors, [.. files.Where((_, i) => i % 2 == 0)],
                [.. files.Where((_, i) => i % 2 == 1)]);
        }
        catch (Exception e) when (IsDamage(e))
        {
            files.ForEach(f => f.Dispose());
            return null;
        }
    }

    private static JsonField Description(string path) => InputJson.Read(path, "the description of a prepared corpus", MaxDescriptionBytes);

    private static bool IsCurrent(JsonField json) => json["format"] is { Exists: true } format && format.Int() == Format;

    private static DomainInfo[] Domains(JsonField json)
    {
        const string Expected = "a domain with its source, licence, hash and counts";
        return [.. json["domains"].Items().Select(item => item.As<DomainInfo>(Expected) is
        {
            Name: not null, Source: not null, Licence: not null, Hash: not null, Notes: not null,
            Documents: >= 0, Bytes: >= 0 and < MaxTotal, Tokens: >= 0 and < MaxTotal,
        } domain ? domain : throw item.Unfit(Expected))];
    }

    private static CorpusFloor[] Floors(JsonField json, int domains)
    {
        const string Expected = "the baselines of a domain";
        var floors = json["floors"].Items();
        if (floors.Count != domains)
            throw json["floors"].Unfit($"{domains} baselines");
        return [.. floors.Select(item => item.As<CorpusFloor>(Expected) is { Domain: not null } floor ? floor : throw item.Unfit(Expected))];
    }

    // Exceptions that a damaged folder can cause: whatever damaged it, it is prepared again.
    private static bool IsDamage(Exception e) => e is IOException or UnauthorizedAccessException or InputException or ArgumentException;

    /// <summary>Writes the files that <see cref="TryLoad"/> reads, the description last.</summary>
    public static void Describe(
        string directory, string tokenizer, IReadOnlyList<DomainInfo> domains, IReadOnlyList<CorpusFloor> floors, bool wide) =>
        File.WriteAllText(Path.Combine(directory, "corpus.json"), new JsonObject
        {
            ["format"] = Format,
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
            tokenizer += '\n' + Convert.ToHexStringLower(SHA256.HashData(InputFile.ReadBytes(file, TokenizerFile.MaxBytes, TokenizerFile.Expected)));
        var text = FormattableString.Invariant($"{Format}\n{tokenizer}\n{recipe.MinDocumentTokens}\n{recipe.MaxBytesPerDomain}\n");
        text += string.Join('\n', sources.Select(s => $"{s.Name}\n{s.Identity}"));
        // Only then, so that corpora from before the option are still found.
        if (recipe.ShuffleTokens)
            text += "\nshuffled tokens";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..24];
    }
}
