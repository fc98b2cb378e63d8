using System.IO.Compression;

namespace MoELab.Tests.Interactive;

/// <summary>The packed MoELab.Interactive as another version of it, in a folder of its own; its dependencies stay those of the packed one.</summary>
internal static class OtherPackage
{
    private const string Assembly = "lib/net10.0/MoELab.Interactive.dll";

    /// <summary>The same package without the command line in which runs train.</summary>
    /// <returns>The cell that loads it.</returns>
    public static string WithoutCommandLine(InteractiveTool tool, string version) => Write(tool, version, package =>
    {
        foreach (var entry in package.Entries.Where(e => e.FullName.StartsWith("tools/", StringComparison.Ordinal)).ToList())
            entry.Delete();
    });

    /// <summary>
    /// The same package as if it was built for a newer host: its assembly says so, and calls a method that the host here does not have.
    /// </summary>
    /// <returns>The cell that loads it.</returns>
    public static string ForAnotherHost(InteractiveTool tool, string version, string host, string method, string otherHost, string otherMethod) =>
        Write(tool, version, package => Change(package, Assembly, bytes => Replace(Replace(bytes, host, otherHost), method, otherMethod)));

    private static string Write(InteractiveTool tool, string version, Action<ZipArchive> change)
    {
        var path = Path.Combine(Directory.CreateDirectory(Path.Combine(tool.Work, "other")).FullName, $"MoELab.Interactive.{version}.nupkg");
        File.Copy(Path.Combine(tool.Packages, $"MoELab.Interactive.{tool.Version}.nupkg"), path);
        using (var package = ZipFile.Open(path, ZipArchiveMode.Update))
        {
            Change(package, "MoELab.Interactive.nuspec", bytes => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes)
                .Replace($"<version>{tool.Version}</version>", $"<version>{version}</version>", StringComparison.Ordinal)));
            change(package);
        }
        return $"#i \"nuget:{tool.Packages}\"\n#i \"nuget:{Path.GetDirectoryName(path)}\"\n#r \"nuget: MoELab.Interactive, {version}\"";
    }

    private static void Change(ZipArchive package, string name, Func<byte[], byte[]> change)
    {
        var entry = package.GetEntry(name)!;
        using var read = new MemoryStream();
        using (var old = entry.Open())
            old.CopyTo(read);
        var changed = change(read.ToArray());
        Assert.NotEqual(read.ToArray(), changed);
        entry.Delete();
        using var written = package.CreateEntry(name).Open();
        written.Write(changed);
    }

    // Names and attribute values are UTF-8 in an assembly, so text of the same length leaves its structure intact.
    private static byte[] Replace(byte[] bytes, string text, string other)
    {
        Assert.Equal(text.Length, other.Length);
        Assert.True(bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0, text);
        return Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(bytes).Replace(text, other, StringComparison.Ordinal));
    }
}
