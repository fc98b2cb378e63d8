using System.Text.RegularExpressions;
using MoELab.Cells.RunCells;
using MoELab.Studies.Definition;
using MoELab.Studies.Files;
using MoELab.Studies.Planning;

namespace MoELab.Cells.StudyCells;

/// <summary>The parsed text of a study cell: the study, or every error with its place.</summary>
/// <param name="body">The YAML text.</param>
/// <param name="lab">The lab that trains it.</param>
/// <param name="variable">A variable by name, for <c>$name</c> and <c>recipe: name</c>; false if there is none.</param>
internal sealed partial class StudyCell(string body, Lab lab, YamlCell.Lookup variable) : YamlCell(body, "a study", variable)
{
    private readonly string _body = body;

    /// <summary>The recipe from which a part of the text starts: that of an arm if it names one, else the study's.</summary>
    /// <param name="scope">The dotted path of the part, such as <c>arms.fast</c>.</param>
    public Recipe Base(string scope) => Start(Outline.Value($"{scope}.recipe") ?? Outline.Value("recipe") ?? Outline.Value("recipe.recipe"));

    /// <param name="name">Its name; null keeps the name in the text.</param>
    /// <param name="otherwise">Its name where neither gives one.</param>
    /// <exception cref="InputException">The first error.</exception>
    public Study Read(string? name, string otherwise)
    {
        var tree = Tree();
        if (name is not null)
            tree["study"] = name;
        return Of(tree, otherwise);
    }

    /// <summary>The place to which a message refers: in the arm that it names, in the recipe, or at the key with which it begins.</summary>
    public override (YamlEntry Entry, bool OfKey)? Locate(string sentence)
    {
        string? arm = null;
        while (OfArm().Match(sentence) is { Success: true } named)
            (arm, sentence) = (named.Groups[1].Value, sentence[named.Length..]);
        if (arm is not null)
            return InArm(Arm(arm), sentence);
        if (OfArms().Match(sentence) is { Success: true } both)
            return Arm(both.Groups[1].Value) is { } second ? (second, true) : null;
        if (Quoted().Match(sentence) is { Success: true } quoted)
            return At(quoted.Groups[1].Value, sentence);
        var path = RecipeCell.PathOf().Match(sentence).Value.TrimEnd('.');
        // A recipe's own message follows the study's key.
        if (path == "recipe" && sentence.Length > 8)
            path += "." + RecipeCell.PathOf().Match(sentence[8..]).Value.TrimEnd('.');
        return At(path, sentence);
    }

    protected override JsonObject Tree() => RecipeYaml.ParseTree(_body, "a study") is JsonObject { Count: > 0 } tree ? tree
        : throw new InputException("the cell has no study; expected keys and values, such as 'recipe: lab-tiny' with 'arms'");

    protected override void Check(JsonObject tree, bool whole)
    {
        var study = Of(tree, "study");
        var arms = StudyArms.Of(study, lab.Plugins);
        // Of what remains of a study, the guards would tell things that are not in the text.
        if (whole)
            StudyGuards.Check(study, arms);
    }

    private Study Of(JsonObject tree, string otherwise)
    {
        Fill(tree);
        return StudyYaml.Read(tree, Named, otherwise) with { Lab = lab };
    }

    private (YamlEntry Entry, bool OfKey)? InArm(YamlEntry? arm, string sentence)
    {
        var path = RecipeCell.PathOf().Match(sentence).Value.TrimEnd('.');
        foreach (var scope in new[] { arm?.Dotted, "recipe" }.OfType<string>())
            if (At($"{scope}.{path}", sentence) is { } at && at.Entry.Dotted.Length > scope.Length)
                return at;
        if (Outline.Entries.FirstOrDefault(e => e.Path is ["grid", _, "path"] && e.Value == path) is { } axis)
            return (axis, false);
        if (arm is null)
            return null;
        var mentioned = Outline.Entries.Where(e => e.Dotted.StartsWith(arm.Dotted + ".", StringComparison.Ordinal)
            && Regex.IsMatch(sentence, $@"(?<![\w.-]){Regex.Escape(e.Dotted[(arm.Dotted.Length + 1)..])}(?![\w-])"))
            .OrderByDescending(e => e.Dotted.Length).FirstOrDefault();
        return (mentioned ?? arm, true);
    }

    // The label of an arm of the grid begins with the arm's name.
    private YamlEntry? Arm(string label) => Outline.Entries
        .Where(e => e.Path is ["arms", var name] && (label == name || label.StartsWith(name + " ", StringComparison.Ordinal)))
        .OrderByDescending(e => e.Dotted.Length).FirstOrDefault();

    [GeneratedRegex("^arm '([^']*)'(?:, seed \\d+)?: ")]
    private static partial Regex OfArm();

    [GeneratedRegex("^arms '[^']*' and '([^']*)': ")]
    private static partial Regex OfArms();

    [GeneratedRegex("^(metric|budget|study) '")]
    private static partial Regex Quoted();
}
