using System.Security.Cryptography;

namespace MoELab.Plugins;

/// <summary>
/// Checks whose code a run folder contains. When a user puts a plugin into a run, its files are signed with that user's key (HMAC-SHA256, the key in
/// <c>moelab/key</c> of the user's configuration folder); a folder from elsewhere, or one that was changed since, does not verify.
/// </summary>
internal static class PluginTrust
{
    /// <summary>The environment variable that sets another configuration folder.</summary>
    public const string ConfigurationVariable = "MOELAB_CONFIG";

    private const string SignatureFile = "moelab.signature";

    /// <summary>The plugin folders that would be loaded from a run's <c>plugins</c> folder.</summary>
    public static IReadOnlyList<string> Folders(string kept) =>
        [.. (Directory.EnumerateFiles(kept, "*.dll").Any() ? [kept] : Directory.EnumerateDirectories(kept))
            .Where(f => Directory.EnumerateFiles(f, "*.dll").Any()).Order(StringComparer.Ordinal)];

    /// <summary>The plugins of a folder as <c>name@hash</c>, read from metadata without loading anything.</summary>
    public static string Describe(string folder)
    {
        var marked = PluginAssembly.In(folder);
        return marked.Length == 0 ? Path.GetFileName(folder)
            : string.Join(", ", marked.SelectMany(m => m.Plugins.Select(p => $"{p}@{PluginAssembly.HashOf(m.Path)}")));
    }

    /// <summary>Whether this user signed the folder in its current state.</summary>
    public static bool IsOwn(string folder)
    {
        try
        {
            var file = Path.Combine(folder, SignatureFile);
            return File.Exists(file) && File.Exists(KeyFile())
                && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(File.ReadAllText(file).Trim()),
                    Encoding.ASCII.GetBytes(Signature(folder)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Signs the folder in its current state. If the folder or the key cannot be written, it stays unsigned.</summary>
    public static void Sign(string folder)
    {
        try
        {
            File.WriteAllText(Path.Combine(folder, SignatureFile), Signature(folder) + "\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A read-only folder can still be used; it stays unsigned.
        }
    }

    private static string Signature(string folder)
    {
        using var content = new MemoryStream();
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Where(f => Path.GetRelativePath(folder, f) != SignatureFile))
        {
            using var stream = PluginAssembly.Open(file);
            content.Write(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetRelativePath(folder, file).Replace('\\', '/'))));
            content.Write(SHA256.HashData(stream));
        }
        return Convert.ToHexStringLower(HMACSHA256.HashData(Key(), content.ToArray()));
    }

    private static byte[] Key()
    {
        var file = KeyFile();
        if (File.Exists(file))
            return File.ReadAllBytes(file);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var beside = $"{file}.{Guid.NewGuid():N}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var stream = new FileStream(beside, options))
            stream.Write(RandomNumberGenerator.GetBytes(32));
        try
        {
            File.Move(beside, file, overwrite: false);
        }
        catch (IOException) when (File.Exists(file))
        {
            // Another process created the key first.
            File.Delete(beside);
        }
        return File.ReadAllBytes(file);
    }

    private static string KeyFile() => Path.Combine(
        Environment.GetEnvironmentVariable(ConfigurationVariable) is { Length: > 0 } named ? named
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData,
                Environment.SpecialFolderOption.DoNotVerify), "moelab"), "key");
}
