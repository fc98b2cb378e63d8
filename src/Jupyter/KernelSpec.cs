using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using MoELab.Views.Scenes;

namespace MoELab.Jupyter;

/// <summary>The folder from which Jupyter starts this kernel.</summary>
internal static class KernelSpec
{
    public const string Name = "moelab";

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The folder in which Jupyter looks for the current user's kernels.</summary>
    public static string UserData()
    {
        if (Environment.GetEnvironmentVariable("JUPYTER_DATA_DIR") is { Length: > 0 } named)
            return named;
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (OperatingSystem.IsWindows())
            return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData), "jupyter");
        return OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Jupyter")
            : Path.Combine(Environment.GetEnvironmentVariable("XDG_DATA_HOME") is { Length: > 0 } data ? data
                : Path.Combine(home, ".local", "share"), "jupyter");
    }

    /// <param name="data">A data directory of Jupyter.</param>
    /// <exception cref="InputException">The folder cannot be written.</exception>
    public static string Install(string data)
    {
        var folder = Path.Combine(data, "kernels", Name);
        try
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, "kernel.json"), Describe().ToJsonString(Json) + "\n", new UTF8Encoding(false));
            var logo = Logo();
            File.WriteAllText(Path.Combine(folder, "logo-svg.svg"), SvgWriter.Write(logo, styled: false).Html, new UTF8Encoding(false));
            foreach (var size in new[] { 32, 64 })
                File.WriteAllBytes(Path.Combine(folder, $"logo-{size}x{size}.png"), PngWriter.Write(logo, size, paper: false));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"kernel: '{folder}' cannot be written ({e.Message.TrimEnd('.')}); choose another folder with --prefix DIR", e);
        }
        return folder;
    }

    /// <summary>The content of <c>kernel.json</c> for the running program, with its own path, so that a kernel starts from any folder.</summary>
    public static JsonObject Describe()
    {
        var program = Environment.ProcessPath!;
        // The dotnet host needs the assembly to run; an installed tool is its own program.
        string[] command = Path.GetFileNameWithoutExtension(program) == "dotnet"
            ? [program, Path.Combine(AppContext.BaseDirectory, "moelab.dll")] : [program];
        return new()
        {
            ["argv"] = new JsonArray([.. command.Concat(["kernel", "run", "{connection_file}"]).Select(w => (JsonNode)w)]),
            ["display_name"] = "MoELab (C#)",
            ["language"] = "csharp",
            ["interrupt_mode"] = "message",
            ["env"] = new JsonObject
            {
                // A tool's launcher looks for .NET here; the shell that starts Jupyter may not have it set.
                ["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")),
                // The compiler's loops run once and need not be optimised first, so the kernel is ready sooner.
                ["DOTNET_TC_QuickJitForLoops"] = "1",
                ["DOTNET_TieredPGO"] = "0",
            },
            ["metadata"] = new JsonObject { ["debugger"] = false },
        };
    }

    // Experts as tiles, some more loaded than others.
    private static Scene Logo()
    {
        string[] tiles = ["#f28e2b", "#5b7fa6", "#8fb3d9", "#5b7fa6", "#f7c58f", "#f28e2b", "#8fb3d9", "#f28e2b", "#5b7fa6"];
        var scene = new Scene(64, 64, "MoELab");
        scene.Add(new RectMark(0, 0, 64, 64, "", 12, "#1b2a41"));
        foreach (var (i, color) in tiles.Index())
            scene.Add(new RectMark(9 + (16.5 * (i % 3)), 9 + (16.5 * (i / 3)), 13, 13, "", 2, color));
        return scene;
    }
}
