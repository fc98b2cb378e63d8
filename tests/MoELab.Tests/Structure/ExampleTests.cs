namespace MoELab.Tests.Structure;

/// <summary>The example is no project of the solution, so that no restore of the solution brings what it has locked to date.</summary>
public sealed class ExampleTests
{
    [Fact]
    public void The_examples_locked_packages_are_those_of_the_command_line()
    {
        var (example, own) = (Locked("examples/packages.lock.json"), Locked("src/Cli/packages.lock.json"));
        var both = example.Keys.Intersect(own.Keys, StringComparer.Ordinal).ToArray();
        Assert.True(both.Length > 20, $"{both.Length} packages in both");
        // Otherwise `dotnet restore examples/lab.cs` writes the file anew.
        Assert.Equal(both.Select(p => $"{p} {own[p]}"), both.Select(p => $"{p} {example[p]}"));
    }

    private static Dictionary<string, string> Locked(string path) => JsonNode.Parse(Repository.Read(path))!["dependencies"]!.AsObject()
        .SelectMany(f => f.Value!.AsObject()).Where(p => p.Value!["resolved"] is not null).DistinctBy(p => p.Key)
        .ToDictionary(p => p.Key, p => p.Value!["resolved"]!.ToString());
}
