using System.Text.RegularExpressions;
using MoELab.Plugins;
using MoELab.Routing.Balancing;

namespace MoELab.Tests.EndToEnd;

[Trait("Category", "EndToEnd")]
public sealed partial class PackagingTests(PackedFixture packed) : IClassFixture<PackedFixture>
{
    [Fact]
    public void The_example_of_the_documentation_builds_loads_and_replays()
    {
        var project = DocumentedPlugin("documented");
        Assert.Equal([-0.0005, 0.0005, 0], FirstBias(Path.Combine(project, "plugins"), "tilt"), Near);
    }

    [Fact]
    public void The_template_is_the_example_of_the_documentation()
    {
        var template = Path.Combine(PackedFixture.Repository, "templates", "moelab-plugin");
        Assert.Equal(Documented("csharp"), File.ReadAllText(Path.Combine(template, "Tilt.cs")));
        Assert.Equal(Documented("xml"), File.ReadAllText(Path.Combine(template, "Tilt.csproj")));
        var version = typeof(PluginCatalog).Assembly.GetName().Name + "." + CoreVersion().Match(Documented("xml")).Groups[1].Value + ".nupkg";
        Assert.True(File.Exists(Path.Combine(packed.Packages, version)), $"the template references another version than this build's: no {version}");
    }

    [Fact]
    public void A_plugin_from_the_template_builds_under_its_own_name_and_loads()
    {
        var hive = Path.Combine(packed.Root, "hive");
        var project = Project("templated");
        PackedFixture.Dotnet(project, "new", "install", Assert.Single(Directory.GetFiles(packed.Packages, "MoELab.Templates.*.nupkg")), "--debug:custom-hive", hive);
        PackedFixture.Dotnet(project, "new", "moelab-plugin", "-n", "SoftTilt", "-o", project, "--debug:custom-hive", hive);
        packed.Build(project, Path.Combine(project, "plugins", "soft-tilt"));
        Assert.Equal([-0.0005, 0.0005, 0], FirstBias(Path.Combine(project, "plugins"), "soft-tilt"), Near);
    }

    [Fact]
    public void A_referenced_plugin_package_is_found()
    {
        var project = Project("application");
        var version = CoreVersion().Match(Documented("xml")).Groups[1].Value;
        File.WriteAllText(Path.Combine(project, "App.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <UseAppHost>false</UseAppHost>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="MoELab.Plugins.Smebu" Version="{version}" />
              </ItemGroup>
            </Project>
            """);
        File.WriteAllText(Path.Combine(project, "Program.cs"), """
            using MoELab.Plugins;
            using var catalog = PluginCatalog.Discover();
            System.Console.Write(string.Join(",", System.Linq.Enumerable.Select(catalog.Find(PluginKind.Balancer, "smebu").Options, o => o.Name)));
            """);
        packed.Build(project, Path.Combine(project, "out"));
        Assert.Equal("lambda,kappa,beta", PackedFixture.Dotnet(project, Path.Combine(project, "out", "App.dll")));
    }

    [Fact]
    public void The_command_line_installs_as_a_tool_and_runs()
    {
        var tools = Project("tools");
        File.WriteAllText(Path.Combine(tools, "nuget.config"), $"""
            <configuration><packageSources><clear /><add key="local" value="{packed.Packages}" /></packageSources></configuration>
            """);
        PackedFixture.Dotnet(tools, "tool", "install", "MoELab.Cli", "--tool-path", tools, "--configfile", Path.Combine(tools, "nuget.config"));
        var moelab = Path.Combine(tools, "moelab");
        var names = JsonNode.Parse(PackedFixture.Run(tools, moelab, "plugins", "--json"))!.AsArray().Select(p => p!["name"]!.GetValue<string>());
        Assert.Contains("smebu", names);

        // As the documentation tells it: built into plugins/, replayed by name.
        var project = DocumentedPlugin("replayed");
        File.WriteAllText(Path.Combine(project, "loads.json"), """{"loads": [[30, 10, 20], [25, 15, 20]]}""");
        PackedFixture.Run(project, moelab, "balancer", "replay", "tilt", "--loads", "loads.json", "--set", "gamma=0.001", "--output", "biases.json");
        var biases = JsonNode.Parse(File.ReadAllText(Path.Combine(project, "biases.json")))!["biases"]!;
        Assert.Equal([-0.0005, 0.0005, 0], biases[0]!.AsArray().Select(b => b!.GetValue<double>()), Near);
        Assert.Single(Directory.GetFiles(tools, "libtorch_cpu.so", SearchOption.AllDirectories));

        // From an empty folder: the kernel is told to Jupyter by the tool's own path, the gallery is there, a notebook runs.
        var empty = Project("empty");
        PackedFixture.Run(empty, moelab, "kernel", "install", "--prefix", empty);
        var spec = JsonNode.Parse(File.ReadAllText(Path.Combine(empty, "share", "jupyter", "kernels", "moelab", "kernel.json")))!;
        Assert.Equal([moelab, "kernel", "run", "{connection_file}"], spec["argv"]!.AsArray().Select(a => (string?)a));
        Assert.NotEmpty(Directory.GetDirectories(tools, "gallery", SearchOption.AllDirectories).SelectMany(g => Directory.GetFiles(g, "*.ipynb")));
        File.WriteAllText(Path.Combine(empty, "book.dib"), "#!csharp\n\nConsole.WriteLine(lab.Recipe(\"lab-tiny\").Model.Experts * 2);\n");
        PackedFixture.Run(empty, moelab, "notebook", "run", "book.dib", "--output", "book.ipynb");
        Assert.Contains("32\\n", File.ReadAllText(Path.Combine(empty, "book.ipynb")), StringComparison.Ordinal);
    }

    private string DocumentedPlugin(string name)
    {
        var project = Project(name);
        File.WriteAllText(Path.Combine(project, "Tilt.cs"), Documented("csharp"));
        File.WriteAllText(Path.Combine(project, "Tilt.csproj"), Documented("xml"));
        packed.Build(project, Path.Combine(project, "plugins", "tilt"));
        return project;
    }

    private static double[] FirstBias(string plugins, string name)
    {
        using var catalog = new PluginCatalog();
        catalog.AddFolder(plugins);
        Assert.Empty(catalog.Problems);
        return BalancerReplay.Run(catalog.Create<IBalancer>(new PluginChoice(name), "balancer"), [[30, 10, 20], [25, 15, 20]])[0];
    }

    private static bool Near(double a, double b) => Math.Abs(a - b) < 1e-8;

    // The first block of a language is the complete file.
    private static string Documented(string language) =>
        Regex.Match(File.ReadAllText(Path.Combine(PackedFixture.Repository, "docs", "plugins.md")), $"```{language}\n(.*?)```", RegexOptions.Singleline).Groups[1].Value;

    private string Project(string name) => Directory.CreateDirectory(Path.Combine(packed.Root, name)).FullName;

    [GeneratedRegex("\"MoELab.Core\" Version=\"([^\"]+)\"")]
    private static partial Regex CoreVersion();
}
