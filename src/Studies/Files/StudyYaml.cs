using MoELab.Plugins;
using MoELab.Recipes.Input;
using MoELab.Runs.Folder;
using MoELab.Studies.Definition;
using MoELab.Studies.Statistics;

namespace MoELab.Studies.Files;

/// <summary>Studies as YAML text.</summary>
public static class StudyYaml
{
    /// <summary>Reads a study file. Paths in it are relative to its folder.</summary>
    /// <exception cref="InputException">No such file, or it is no study, or a ladder of several.</exception>
    public static Study Load(string path) => Read(path, text => Parse(text, Folder(path), Path.GetFileNameWithoutExtension(path)));

    /// <summary>Reads a file with a ladder: a study with <c>rungs</c>. A study without is a ladder of one rung.</summary>
    /// <exception cref="InputException">No such file, or it is no study.</exception>
    public static Ladder LoadLadder(string path) => Read(path, text => ParseLadder(text, Folder(path), Path.GetFileNameWithoutExtension(path)));

    /// <summary>Reads a study from YAML text.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="folder">Where its relative paths begin.</param>
    /// <param name="name">The study's name if the text gives none.</param>
    /// <exception cref="InputException">Not YAML, or no study, or a ladder of several.</exception>
    public static Study Parse(string yaml, string folder = "", string name = "study") => One(ParseLadder(yaml, folder, name));

    /// <summary>Reads a ladder from YAML text.</summary>
    /// <inheritdoc cref="Parse"/>
    public static Ladder ParseLadder(string yaml, string folder = "", string name = "study") => RecipeYaml.ParseTree(yaml, "a study") is JsonObject tree
        ? ReadLadder(tree, start => RecipeYaml.Load(start, folder), name)
        : throw new InputException("a study is keys and values; found a single value");

    /// <summary>Reads a study from its keys and values.</summary>
    /// <param name="tree">Keys and values.</param>
    /// <param name="named">The recipe of a name that the study gives.</param>
    /// <param name="name">The study's name if there is none among the keys.</param>
    /// <exception cref="InputException">It is no study, or a ladder of several.</exception>
    internal static Study Read(JsonObject tree, Func<string, Recipe> named, string name) => One(ReadLadder(tree, named, name));

    private static Study One(Ladder ladder) => ladder is { Rungs: [var one] } ? one.Study
        : throw new InputException("rungs: this is a ladder of several studies; expected one study");

    private static Ladder ReadLadder(JsonObject tree, Func<string, Recipe> named, string name)
    {
        var form = Form(tree);
        name = form.Study.Length > 0 ? form.Study : name;
        Located("study", () => RunPaths.CheckName(name));
        if (form.Rungs.Count == 0)
            return new Ladder { Name = name, Question = form.Question, Rungs = [new Rung(name, Study(form, name, Base(form.Recipe, named), named))] };
        return new Ladder
        {
            Name = name,
            Question = form.Question,
            Rungs = [.. form.Rungs.Select(r => new Rung(r.Key, RecipeValidator.Located($"rungs.{r.Key}", () => OfRung(form, name, r.Key, r.Value, named))))],
        };
    }

    private static StudyForm Form(JsonObject tree)
    {
        if (tree.Count == 0)
            throw new InputException("is empty; expected a study, such as 'recipe: lab-tiny' with 'arms'");
        if (tree["version"] is JsonValue version && version.TryGetValue(out long number) && number != StudyForm.Current)
            throw new InputException($"version: {number} is {(number > StudyForm.Current ? "newer than this program reads" : "no version")}; "
                + $"expected {StudyForm.Current}");
        return (StudyForm)OptionsBinder.Bind(typeof(StudyForm), tree, "");
    }

    private static Study Study(StudyForm form, string name, Recipe recipe, Func<string, Recipe> named) => new()
    {
        Name = name,
        Question = form.Question,
        Base = recipe,
        Arms = [.. form.Arms.Select(a => Arm.From(a.Key, RecipeYaml.Nested(a.Value), named))],
        Grid = form.Grid,
        Seeds = ReadSeeds(form.Seeds, recipe),
        Budget = form.Budget.Length > 0 ? StudyBudget.Parse(form.Budget) : (StudyBudget?)null,
        Metric = form.Metric,
        Difference = form.Difference,
        Law = form.Law is { } law ? new LossLaw(law.Floor, law.Exponent) : null,
        Differs = form.Differs,
        Claims = form.Claims,
        Threads = form.Threads,
        Processes = form.Processes,
    };

    // A rung is a recipe with its own budget and seeds; what it leaves out is the study's.
    private static Study OfRung(StudyForm form, string name, string rung, JsonObject keys, Func<string, Recipe> named)
    {
        var recipe = (JsonObject)keys.DeepClone();
        recipe.Remove("budget", out var budget);
        recipe.Remove("seeds", out var seeds);
        if (!recipe.ContainsKey("recipe"))
            recipe["recipe"] = form.Recipe?.DeepClone() ?? throw new InputException("recipe: missing here and in the study; expected a preset's name or a file");
        var own = form with
        {
            Budget = budget is null ? form.Budget : Shape.Word(budget, "budget", StudyBudget.Expected),
            Seeds = seeds ?? form.Seeds,
        };
        return Study(own, $"{name}-{rung}", Base(recipe, named), named);
    }

    private static Recipe Base(JsonNode? from, Func<string, Recipe> named)
    {
        if (from is null)
            throw new InputException("recipe: missing; expected a preset's name, a file, or keys and values");
        return Located("recipe", () => from is JsonObject map ? RecipeYaml.Merge((JsonObject)map.DeepClone()!, named)
            : named(Shape.Word(from, "recipe", "a preset's name, a file, or keys and values")));
    }

    private static string Folder(string path) => Path.GetDirectoryName(path) ?? "";

    private static T Read<T>(string path, Func<string, T> parse)
    {
        if (!File.Exists(path))
            throw new InputException($"study '{path}': no such file");
        var text = InputFile.ReadText(path, BoundedYaml.MostBytes, "a study");
        try
        {
            return parse(text);
        }
        catch (InputException e)
        {
            throw new InputException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>
    /// Writes a study so that it reads back as the same runs: the text, and the recipes that it names, by relative path.
    /// </summary>
    internal static (string Text, IReadOnlyList<(string Path, string Text)> Recipes) Write(Study study, IReadOnlyList<(string Name, Recipe Recipe)> arms)
    {
        var paths = arms.Select((a, i) => FormattableString.Invariant($"recipes/{i + 1}.yaml")).ToArray();
        var differs = arms.SelectMany(a => a.Recipe.Diff(arms[0].Recipe)).Select(d => d.Path).Where(p => p != "name").Distinct().Order(StringComparer.Ordinal);
        var tree = new JsonObject
        {
            ["version"] = StudyForm.Current,
            ["study"] = study.Name,
            ["question"] = study.Question,
            ["recipe"] = paths[0],
            ["arms"] = new JsonObject(arms.Select((a, i) => KeyValuePair.Create(a.Name, (JsonNode?)new JsonObject { ["recipe"] = paths[i] }))),
            ["seeds"] = new JsonArray([.. study.EffectiveSeeds.Select(s => (JsonNode)s)]),
            ["metric"] = study.Metric,
            ["difference"] = study.Difference,
            ["differs"] = new JsonArray([.. differs.Select(p => (JsonNode)p)]),
            ["threads"] = study.Threads,
            ["processes"] = study.Processes,
        };
        if (study.Budget is { } budget)
            tree["budget"] = budget.ToString();
        if (study.Claims.Count > 0)
            tree["claims"] = System.Text.Json.JsonSerializer.SerializeToNode(study.Claims, OptionsBinder.Json);
        if (study.Law is { } law)
            tree["law"] = new JsonObject { ["floor"] = law.Floor, ["exponent"] = law.Exponent };
        return (RecipeYaml.Write(tree), [.. arms.Select((a, i) => (paths[i], a.Recipe.ToYaml()))]);
    }

    private static IReadOnlyList<long>? ReadSeeds(JsonNode? node, Recipe recipe)
    {
        const string expected = "how many seeds, such as 5, or a list of them, such as [1, 2, 3]";
        static long? Whole(JsonNode? n) => OptionReader.Number(n) is { } d && d == Math.Floor(d) && d is >= 0 and < 1e15 ? (long)d : null;
        return node switch
        {
            null => null,
            JsonArray list when list.Count > 0 => [.. list.Select(n => Whole(n) ?? throw Shape.Misfit(node, "seeds", expected))],
            JsonValue when Whole(node) is > 0 and <= 10_000 and { } count => Definition.Study.SeedsOf(recipe, (int)count),
            _ => throw Shape.Misfit(node, "seeds", expected),
        };
    }

    private static void Located(string key, Action read) => Located(key, () =>
    {
        read();
        return 0;
    });

    private static T Located<T>(string key, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InputException e)
        {
            throw new InputException($"{key}: {e.Message}", e);
        }
    }
}
